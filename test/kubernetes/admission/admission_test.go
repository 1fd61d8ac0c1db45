// Package admission runs the admission policies of docs/kubernetes/admission in Kubernetes' own engine for them: the same
// compiler, cost limits, JSON patcher and validator as in an API server, without one.
package admission

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	admissionregistration "k8s.io/api/admissionregistration/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/admission/plugin/policy/mutating/patch"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/matchconditions"
	"k8s.io/apiserver/pkg/cel/environment"
	"sigs.k8s.io/yaml"
)

const policies = "../../../docs/kubernetes/admission"

var (
	kind     = core.SchemeGroupVersion.WithKind("Pod")
	resource = core.SchemeGroupVersion.WithResource("pods")
	options  = cel.OptionalVariableDeclarations{HasAuthorizer: true}
)

// The first document of a file of policies, as an API server reads it: strictly.
func read[T any](t *testing.T, file string) *T {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(policies, file))
	if err != nil {
		t.Fatal(err)
	}
	policy := new(T)
	if err := yaml.UnmarshalStrict([]byte(strings.SplitN(string(content), "\n---\n", 2)[0]), policy); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return policy
}

func compiler(t *testing.T, variables []admissionregistration.Variable) *cel.CompositedCompiler {
	t.Helper()
	compiler, err := cel.NewCompositedCompiler(environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()))
	if err != nil {
		t.Fatal(err)
	}
	for _, variable := range variables {
		result := compiler.CompileAndStoreVariable(
			&validating.Variable{Name: variable.Name, Expression: variable.Expression}, options, environment.StoredExpressions)
		if result.Error != nil {
			t.Fatalf("variable %s: %v", variable.Name, result.Error)
		}
	}
	return compiler
}

func request(pod *core.Pod) *admission.VersionedAttributes {
	record := admission.NewAttributesRecord(pod, nil, kind, "home", "app", resource, "", admission.Create, &meta.CreateOptions{}, false, nil)
	return &admission.VersionedAttributes{Attributes: record, VersionedObject: pod, VersionedKind: kind}
}

// What the mutating policy makes of a pod.
func inject(t *testing.T, pod *core.Pod) *core.Pod {
	t.Helper()
	policy := read[admissionregistration.MutatingAdmissionPolicy](t, "inject.yaml")
	if *policy.Spec.FailurePolicy != admissionregistration.Fail {
		t.Fatal("not Fail")
	}
	compiler := compiler(t, policy.Spec.Variables)
	var conditions []cel.ExpressionAccessor
	for i := range policy.Spec.MatchConditions {
		conditions = append(conditions, (*matchconditions.MatchCondition)(&policy.Spec.MatchConditions[i]))
	}
	matcher := matchconditions.NewMatcher(
		compiler.CompileCondition(conditions, options, environment.StoredExpressions), policy.Spec.FailurePolicy, "policy", "mutate", policy.Name)
	matched := matcher.Match(context.Background(), request(pod), nil, nil)
	if matched.Error != nil {
		t.Fatal(matched.Error)
	}
	if !matched.Matches {
		return pod
	}
	withPatches := options
	withPatches.HasPatchTypes = true
	scheme := runtime.NewScheme()
	if err := core.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	for _, mutation := range policy.Spec.Mutations {
		patcher := patch.NewJSONPatcher(compiler.CompileMutatingEvaluator(
			&patch.JSONPatchCondition{Expression: mutation.JSONPatch.Expression}, withPatches, environment.StoredExpressions))
		patched, err := patcher.Patch(compiler.CreateContext(context.Background()), patch.Request{
			MatchedResource:     resource,
			VersionedAttributes: request(pod),
			ObjectInterfaces:    admission.NewObjectInterfacesFromScheme(scheme),
			Namespace:           &core.Namespace{ObjectMeta: meta.ObjectMeta{Name: "home"}},
		}, 10_000_000)
		if err != nil {
			t.Fatal(err)
		}
		pod = patched.(*core.Pod)
	}
	return pod
}

// The message by which the validating policy refuses a pod; empty when it does not.
func refusal(t *testing.T, pod *core.Pod) string {
	t.Helper()
	policy := read[admissionregistration.ValidatingAdmissionPolicy](t, "refuse.yaml")
	compiler := compiler(t, policy.Spec.Variables)
	var validations, messages []cel.ExpressionAccessor
	for _, validation := range policy.Spec.Validations {
		validations = append(validations, &validating.ValidationCondition{
			Expression: validation.Expression, Message: validation.Message, Reason: validation.Reason})
		if validation.MessageExpression == "" {
			messages = append(messages, nil)
		} else {
			messages = append(messages, &validating.MessageExpressionCondition{MessageExpression: validation.MessageExpression})
		}
	}
	validator := validating.NewValidator(
		compiler.CompileCondition(validations, options, environment.StoredExpressions), nil,
		compiler.CompileCondition(nil, options, environment.StoredExpressions),
		compiler.CompileCondition(messages, cel.OptionalVariableDeclarations{}, environment.StoredExpressions),
		policy.Spec.FailurePolicy, nil)
	result := validator.Validate(context.Background(), resource, request(pod), nil,
		&core.Namespace{ObjectMeta: meta.ObjectMeta{Name: "home"}}, 10_000_000, nil)
	for _, decision := range result.Decisions {
		if decision.Action == validating.ActionDeny {
			return decision.Message
		}
	}
	return ""
}

// A pod as an API server hands it to admission: with its defaults.
const pod = `
apiVersion: v1
kind: Pod
metadata:
  name: app
  labels: {liteferry.io/inject: "true"}
spec:
  terminationGracePeriodSeconds: 30
  securityContext: {runAsUser: 1000, runAsGroup: 100}
  containers:
    - name: app
      image: registry.example.com/app:1
      volumeMounts: [{name: data, mountPath: /data}]
  volumes:
    - name: first
      emptyDir: {}
    - name: data
      persistentVolumeClaim: {claimName: app-data}
`

func parse(t *testing.T, replacements ...string) *core.Pod {
	t.Helper()
	for i := 0; i < len(replacements); i += 2 {
		if !strings.Contains(pod, replacements[i]) {
			t.Fatalf("not in the pod: %s", replacements[i])
		}
	}
	parsed := new(core.Pod)
	if err := yaml.UnmarshalStrict([]byte(strings.NewReplacer(replacements...).Replace(pod)), parsed); err != nil {
		t.Fatal(err)
	}
	return parsed
}

func volume(pod *core.Pod, name string) *core.VolumeSource {
	for i := range pod.Spec.Volumes {
		if pod.Spec.Volumes[i].Name == name {
			return &pod.Spec.Volumes[i].VolumeSource
		}
	}
	return &core.VolumeSource{}
}

func TestPod_isInjectedAndAdmitted(t *testing.T) {
	injected := inject(t, parse(t))
	if refused := refusal(t, injected); refused != "" {
		t.Fatal(refused)
	}
	if volume(injected, "data").EmptyDir == nil || volume(injected, "data").PersistentVolumeClaim != nil {
		t.Errorf("data: %v", volume(injected, "data"))
	}
	if claim := volume(injected, "liteferry-volume").PersistentVolumeClaim; claim == nil || claim.ClaimName != "app-data" {
		t.Errorf("liteferry-volume: %v", volume(injected, "liteferry-volume"))
	}
	if volume(injected, "liteferry-state").EmptyDir == nil || volume(injected, "first").EmptyDir == nil || len(injected.Spec.Volumes) != 4 {
		t.Errorf("volumes: %v", injected.Spec.Volumes)
	}
	if !reflect.DeepEqual(injected.Spec.Containers, parse(t).Spec.Containers) {
		t.Errorf("containers: %v", injected.Spec.Containers)
	}
	if grace := *injected.Spec.TerminationGracePeriodSeconds; grace != 120 {
		t.Errorf("grace period %d", grace)
	}
	for _, name := range []string{"cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes", "backup.velero.io/backup-volumes-excludes"} {
		if value := injected.Annotations[name]; value != "data,liteferry-state" {
			t.Errorf("%s: %q", name, value)
		}
	}
	if len(injected.Spec.InitContainers) != 1 {
		t.Fatalf("init containers: %v", injected.Spec.InitContainers)
	}
	// the sidecar is that of plain/native.yaml
	content, err := os.ReadFile(filepath.Join(policies, "../plain/native.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var native struct {
		Spec struct{ Template core.PodTemplateSpec }
	}
	if err := yaml.Unmarshal([]byte(strings.Split(string(content), "\n---\n")[1]), &native); err != nil {
		t.Fatal(err)
	}
	want := native.Spec.Template.Spec.InitContainers[0]
	got := injected.Spec.InitContainers[0]
	for _, container := range []*core.Container{&want, &got} {
		var env []core.EnvVar
		for _, variable := range container.Env {
			if variable.Name != "LITEFERRY_EXCLUDE" {
				env = append(env, variable)
			}
		}
		container.Env = env
		container.Ports[0].Protocol = core.ProtocolTCP
	}
	user, group, yes := int64(1000), int64(100), true
	want.SecurityContext.RunAsUser, want.SecurityContext.RunAsGroup, want.SecurityContext.RunAsNonRoot = &user, &group, &yes
	want.SecurityContext.SeccompProfile = &core.SeccompProfile{Type: core.SeccompProfileTypeRuntimeDefault}
	wantText, _ := yaml.Marshal(want)
	gotText, _ := yaml.Marshal(got)
	if string(wantText) != string(gotText) {
		t.Errorf("got\n%s\nwant\n%s", gotText, wantText)
	}
}

func TestInjected_isNotInjectedAgain(t *testing.T) {
	once := inject(t, parse(t))
	if twice := inject(t, once); !reflect.DeepEqual(once, twice) {
		t.Errorf("%v", twice)
	}
}

func TestInitContainers_stayBehindTheSidecar(t *testing.T) {
	injected := inject(t, parse(t, "  containers:\n", "  initContainers: [{name: one, image: a}, {name: two, image: b}]\n  containers:\n"))
	var names []string
	for _, container := range injected.Spec.InitContainers {
		names = append(names, container.Name)
	}
	if strings.Join(names, " ") != "liteferry one two" {
		t.Error(names)
	}
}

func TestAnnotations_nameVolumeUserAndSettings(t *testing.T) {
	injected := inject(t, parse(t,
		"  labels:", "  annotations: {liteferry.io/volume: config, liteferry.io/user: '911:911', settings.liteferry.io/max-delay: 10s}\n  labels:",
		"name: data", "name: config"))
	if refused := refusal(t, injected); refused != "" {
		t.Fatal(refused)
	}
	sidecar := injected.Spec.InitContainers[0]
	if *sidecar.SecurityContext.RunAsUser != 911 || *sidecar.SecurityContext.RunAsGroup != 911 {
		t.Errorf("user %v", sidecar.SecurityContext)
	}
	last := sidecar.Env[len(sidecar.Env)-1]
	if last.Name != "LITEFERRY_MAX_DELAY" || last.Value != "10s" {
		t.Errorf("%v", sidecar.Env)
	}
	if sidecar.VolumeMounts[0].Name != "config" || volume(injected, "config").EmptyDir == nil {
		t.Errorf("%v %v", sidecar.VolumeMounts, injected.Spec.Volumes)
	}
}

func TestAnnotations_ofTheAutoscalerThatAreThere_stay(t *testing.T) {
	name := "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes"
	injected := inject(t, parse(t, "  labels:", "  annotations: {"+name+": mine}\n  labels:"))
	if injected.Annotations[name] != "mine" || len(injected.Annotations) != 2 {
		t.Errorf("%v", injected.Annotations)
	}
}

func TestUser_ofTheContainerWithTheVolumeComesBeforeThatOfThePod(t *testing.T) {
	injected := inject(t, parse(t, "image: registry.example.com/app:1", "image: a\n      securityContext: {runAsUser: 33}"))
	context := injected.Spec.InitContainers[0].SecurityContext
	if *context.RunAsUser != 33 || *context.RunAsGroup != 100 {
		t.Errorf("%v", context)
	}
}

func TestUser_withoutGroup_leavesTheGroupOut(t *testing.T) {
	context := inject(t, parse(t, ", runAsGroup: 100", "")).Spec.InitContainers[0].SecurityContext
	if context.RunAsGroup != nil || *context.RunAsUser != 1000 {
		t.Errorf("%v", context)
	}
}

// OpenShift gives each namespace a range of such users.
func TestUser_ofTenDigits_isTaken(t *testing.T) {
	for name, pod := range map[string]*core.Pod{
		"of the pod": parse(t, "{runAsUser: 1000, runAsGroup: 100}", "{runAsUser: 1000660000, runAsGroup: 1000660000}"),
		"annotated":  parse(t, "  labels:", "  annotations: {liteferry.io/user: '1000660000:1000660000'}\n  labels:"),
	} {
		t.Run(name, func(t *testing.T) {
			injected := inject(t, pod)
			if refused := refusal(t, injected); refused != "" {
				t.Fatal(refused)
			}
			context := injected.Spec.InitContainers[0].SecurityContext
			if *context.RunAsUser != 1000660000 || *context.RunAsGroup != 1000660000 {
				t.Errorf("%v", context)
			}
		})
	}
}

func TestRoot_isSaidToBeRoot(t *testing.T) {
	context := inject(t, parse(t, "runAsUser: 1000", "runAsUser: 0")).Spec.InitContainers[0].SecurityContext
	if *context.RunAsNonRoot {
		t.Errorf("%v", context)
	}
}

func TestGracePeriod_longerOneIsKept(t *testing.T) {
	injected := inject(t, parse(t, "terminationGracePeriodSeconds: 30", "terminationGracePeriodSeconds: 600"))
	if grace := *injected.Spec.TerminationGracePeriodSeconds; grace != 600 {
		t.Errorf("grace period %d", grace)
	}
}

func TestNfs_movesAsItIs(t *testing.T) {
	injected := inject(t, parse(t, "persistentVolumeClaim: {claimName: app-data}", "nfs: {server: nas, path: /app}"))
	if nfs := volume(injected, "liteferry-volume").NFS; nfs == nil || nfs.Path != "/app" {
		t.Errorf("%v", injected.Spec.Volumes)
	}
}

const ofStatefulSet = "  name: app-0\n  ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: app, uid: '1', controller: true}]\n"

func TestStatefulSet_withAClaimThatIsNotOfATemplate_isInjectedAndAdmitted(t *testing.T) {
	for _, claim := range []string{"app-data", "other-app-0"} {
		injected := inject(t, parse(t, "  name: app\n", ofStatefulSet, "claimName: app-data", "claimName: "+claim))
		if refused := refusal(t, injected); refused != "" {
			t.Error(refused)
		}
		if volume(injected, "data").EmptyDir == nil {
			t.Errorf("%v", injected.Spec.Volumes)
		}
	}
}

// Its name is like that of a template's claim, but nobody puts that claim back.
func TestPodOfNoStatefulSet_withSuchAClaim_isInjected(t *testing.T) {
	injected := inject(t, parse(t, "claimName: app-data", "claimName: data-app"))
	if refused := refusal(t, injected); refused != "" || volume(injected, "data").EmptyDir == nil {
		t.Errorf("%q %v", refused, injected.Spec.Volumes)
	}
}

func TestDeploymentsPod_withoutANameYet_isInjected(t *testing.T) {
	injected := inject(t, parse(t, "  name: app\n",
		"  generateName: app-1-\n  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: app-1, uid: '1', controller: true}]\n"))
	if refused := refusal(t, injected); refused != "" || volume(injected, "data").EmptyDir == nil {
		t.Errorf("%q %v", refused, injected.Spec.Volumes)
	}
}

func TestVolumeOfATemplate_injectedByAnEarlierPolicy_isRefused(t *testing.T) {
	injected := inject(t, parse(t))
	injected.Name = "app-0"
	injected.OwnerReferences = []meta.OwnerReference{{APIVersion: "apps/v1", Kind: "StatefulSet", Name: "app", UID: "1"}}
	volume(injected, "liteferry-volume").PersistentVolumeClaim.ClaimName = "data-app-0"
	if refused := refusal(t, injected); !strings.Contains(refused, "volumeClaimTemplates") {
		t.Errorf("%q", refused)
	}
}

func TestWhatCannotBeDone_isRefusedWithAReason(t *testing.T) {
	for name, test := range map[string]struct {
		replacements []string
		words        string
	}{
		"no such volume":  {[]string{"name: data", "name: config"}, "has no volume 'data'; it has: first, config"},
		"no volume":       {[]string{"\n  volumes:\n    - name: first\n      emptyDir: {}\n    - name: data\n      persistentVolumeClaim: {claimName: app-data}", ""}, "it has: none"},
		"not mounted":     {[]string{"volumeMounts: [{name: data", "volumeMounts: [{name: first"}, "no container mounts the volume 'data'"},
		"not durable":     {[]string{"persistentVolumeClaim: {claimName: app-data}", "emptyDir: {}"}, "the volume 'data' is none of these"},
		"no user":         {[]string{"\n  securityContext: {runAsUser: 1000, runAsGroup: 100}", ""}, "does not say who that is"},
		"user with name":  {[]string{"  labels:", "  annotations: {liteferry.io/user: abc}\n  labels:"}, "must be a UID or UID:GID in numbers, such as \"1000:1000\", not 'abc'"},
		"of a template":   {[]string{"  name: app\n", ofStatefulSet, "app-data", "data-app-0"}, "comes from the StatefulSet's volumeClaimTemplates"},
		"remedy":          {[]string{"  name: app\n", ofStatefulSet, "app-data", "data-app-0"}, "of another name in its pod template that has the claim 'data-app-0', or make it a Deployment"},
		"user of eleven":  {[]string{"  labels:", "  annotations: {liteferry.io/user: '10006600000'}\n  labels:"}, "not '10006600000'"},
		"owner":           {[]string{"  labels:", "  annotations: {settings.liteferry.io/owner: app}\n  labels:"}, "Remove the annotation"},
		"Owner":           {[]string{"  labels:", "  annotations: {settings.liteferry.io/Owner: app}\n  labels:"}, "settings.liteferry.io/owner would give each pod the same owner"},
		"user of numbers": {[]string{"  labels:", "  annotations: {liteferry.io/user: '1:2:3'}\n  labels:"}, "not '1:2:3'"},
	} {
		t.Run(name, func(t *testing.T) {
			pod := parse(t, test.replacements...)
			left := inject(t, pod)
			if !reflect.DeepEqual(pod, left) {
				t.Errorf("changed: %v", left.Spec.Volumes)
			}
			if refused := refusal(t, left); !strings.Contains(refused, test.words) {
				t.Errorf("%q", refused)
			}
		})
	}
}

func TestOwner_injectedByAnEarlierPolicy_isRefused(t *testing.T) {
	injected := inject(t, parse(t))
	injected.Annotations = map[string]string{"settings.liteferry.io/owner": "app"}
	if refused := refusal(t, injected); !strings.Contains(refused, "an owner of its own") {
		t.Errorf("%q", refused)
	}
}

func TestPolicyThatDidNotAct_isNoticed(t *testing.T) {
	if refused := refusal(t, parse(t)); !strings.Contains(refused, "liteferry-inject did not act") {
		t.Errorf("%q", refused)
	}
}
