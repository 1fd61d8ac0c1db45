package admission

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	apps "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/apimachinery/pkg/util/managedfields/managedfieldstest"
	"sigs.k8s.io/yaml"
)

const deployment = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: app}, spec: {replicas: 1%s}}"

var fields = managedfieldstest.NewFakeFieldManager(
	managedfields.NewDeducedTypeConverter(), apps.SchemeGroupVersion.WithKind("Deployment"))

func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	parsed := map[string]any{}
	if err := yaml.Unmarshal([]byte(text), &parsed); err != nil {
		t.Fatal(err)
	}
	return &unstructured.Unstructured{Object: parsed}
}

func with(more string) string { return strings.Replace(deployment, "%s", more, 1) }

// A Deployment that Helm 4 made without a strategy, so that it has the API server's, which nobody owns.
func byHelm(t *testing.T) *unstructured.Unstructured {
	t.Helper()
	empty := object(t, "{apiVersion: apps/v1, kind: Deployment, metadata: {name: app}}")
	made, err := fields.Apply(empty, object(t, with("")), "helm", false)
	if err != nil {
		t.Fatal(err)
	}
	live := made.(*unstructured.Unstructured)
	byDefault := object(t, "{type: RollingUpdate, rollingUpdate: {maxSurge: 25%, maxUnavailable: 25%}}")
	if err := unstructured.SetNestedMap(live.Object, byDefault.Object, "spec", "strategy"); err != nil {
		t.Fatal(err)
	}
	return live
}

func strategyAfter(t *testing.T, applied string) map[string]any {
	t.Helper()
	after, err := fields.Apply(byHelm(t), object(t, with(", strategy: "+applied)), "helm", false)
	if err != nil {
		t.Fatal(err)
	}
	strategy, _, _ := unstructured.NestedMap(after.(*unstructured.Unstructured).Object, "spec", "strategy")
	return strategy
}

func TestStrategy_ofTheRecipe_isAppliedOverTheDefault(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(policies, "../plain/native.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	recipe := object(t, strings.Split(string(content), "\n---\n")[1])
	want, _, _ := unstructured.NestedMap(recipe.Object, "spec", "strategy")
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if got := strategyAfter(t, string(text)); !reflect.DeepEqual(got, want) || got["rollingUpdate"] == nil {
		t.Errorf("got %v, want %v", got, want)
	}
}

// The API server refuses "rollingUpdate" beside Recreate, and server-side apply leaves what nobody owns.
func TestStrategy_recreate_keepsWhatItMustNotHave(t *testing.T) {
	if after := strategyAfter(t, "{type: Recreate}"); after["type"] != "Recreate" || after["rollingUpdate"] == nil {
		t.Errorf("%v", after)
	}
}

func TestReplicas_afterKubectlScale_areAppliedByForce(t *testing.T) {
	live := byHelm(t)
	scaled := live.DeepCopy()
	if err := unstructured.SetNestedField(scaled.Object, int64(0), "spec", "replicas"); err != nil {
		t.Fatal(err)
	}
	zero, err := fields.Update(live, scaled, "kubectl")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fields.Apply(zero, object(t, with("")), "helm", false); !errors.IsConflict(err) {
		t.Errorf("no conflict: %v", err)
	}
	if _, err := fields.Apply(zero, object(t, with("")), "helm", true); err != nil {
		t.Error(err)
	}
}
