#!/usr/bin/env bash
# Builds the image, looks at what is in it, and runs it as a cluster would.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$root"
here=test/container

usage() {
  cat <<USAGE
Usage: test/container/test.sh [--help]

Builds the image of the distribution in sync-agent/target/liteferry in each way, twice, compares the results, lists what is
in the image, and runs restore, run, verify and the flush at SIGTERM: as any user, on a read-only root, without a
capability, a network or a writable /tmp, beside a container that writes with SQLite. No registry is asked: libc comes from
a Debian that mmdebstrap makes, kept with the containers' storage in

    $cache

Needs root, podman, buildah, runc, mmdebstrap and python3 from 3.10 on. Takes about a minute, and one more the first time.
USAGE
}

case ${1:-} in
  '') ;;
  -h | --help) usage && exit 0 ;;
  *) usage >&2 && exit 2 ;;
esac
require "The test of the image" podman=podman buildah=buildah runc=runc mmdebstrap=mmdebstrap python3=python3

mkdir -p test/target
work=$(mktemp -d "$PWD/test/target/container.XXXXXX")
chmod 755 "$work"
agent=liteferry-agent-$$ writer=liteferry-writer-$$
trap 'podman rm --force --time 0 $agent $writer &>/dev/null || true; rm -rf "$work"' EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
check() { python3 $here/check.py "$@" || fail "check.py $*"; }

private_podman "$work"
make_base "$work" sqlite3

say "build with buildah and podman, twice"
digests=()
for tool in buildah podman; do
  for time in 1 2; do
    image=localhost/liteferry-test:$tool-$time
    container/build.sh --with $tool --tag $image --base "$base" -- --pull=never --network=none --no-cache &>"$work/build.log" ||
      { cat "$work/build.log" && fail "build with $tool"; }
    digests+=("$(podman image inspect --format '{{.Digest}}' $image)")
  done
done
[[ $(printf '%s\n' "${digests[@]}" | sort -u | wc -l) -eq 1 ]] || fail "the builds differ: ${digests[*]}"
echo "  all four: ${digests[0]}"
image=localhost/liteferry-test:buildah-1
podman save --quiet --format oci-archive --output "$work/built.tar" $image

say "build without them, twice"
container/oci-archive.sh "$work/archive.tar" | sed 's/^[^:]*:/ /'
container/oci-archive.sh "$work/again.tar" >/dev/null
cmp "$work/archive.tar" "$work/again.tar" || fail "the archives differ"
# The machine's libc may be another one. With the base's, in the base, nothing may differ.
podman run --rm --network=none --volume "$PWD:/src:ro" --volume "$work:/out" --workdir /src --entrypoint /src/container/oci-archive.sh \
  "$base" /out/archive.tar >/dev/null
check same "$work/built.tar" "$work/archive.tar"

say "contents"
check contents "$work/built.tar" 82
# and whether that would have seen a shell
printf 'FROM %s\nCOPY --from=%s /bin/dash /bin/sh\n' $image "$base" |
  buildah bud --quiet --pull-never --tag $image-shell --file - "$work" >/dev/null
podman save --quiet --format oci-archive --output "$work/shell.tar" $image-shell
if python3 $here/check.py contents "$work/shell.tar" 82 &>"$work/log"; then fail "check.py has not seen a shell"; fi
grep -q '^  bin/sh is a shell' "$work/log" || fail "check.py has not seen a shell: $(cat "$work/log")"

user=12345:23456
# As the strictest cluster would run it. --read-only-tmpfs=false: no writable /tmp either.
strict=(--network=none --read-only --read-only-tmpfs=false --cap-drop=all --security-opt=no-new-privileges)
# One host name for all, as in a pod: it names the agent, and an agent does not wait for its own lease.
volumes=(--hostname liteferry-test --volume "$work/local:/liteferry/local" --volume "$work/volume:/liteferry/volume")
state=(--volume "$work/state:/liteferry/state")
liteferry() { timeout 120 podman run --rm --user $user "${strict[@]}" "${volumes[@]}" "${state[@]}" $image "$@"; }
fresh() {
  rm -rf "${work:?}/local" "${work:?}/state"
  mkdir "$work/local" "$work/state"
  chown $user "$work/local" "$work/state"
}
fresh
mkdir "$work/volume"
check seed "$work/volume"
chown -R $user "$work/volume"

say "start-up cache, arguments, exec"
# With this mode a cache that cannot be used is an error.
podman run --rm "${strict[@]}" --env JDK_JAVA_OPTIONS=-XX:AOTMode=on $image --version 2>/dev/null | sed 's/^/  /'
code=0
# java reads its own arguments from a file, and must leave the agent's alone; it would end with 1 here
liteferry verify @nothing 2>"$work/log" || code=$?
[[ $code -eq 4 ]] || fail "exit code $code: $(cat "$work/log")"

say "without state: refused"
code=0
timeout 60 podman run --rm --user $user "${strict[@]}" "${volumes[@]}" $image 2>"$work/log" || code=$?
[[ $code -eq 8 ]] || fail "exit code $code: $(cat "$work/log")"
sed 's/^/  /' "$work/log"

say "restore"
liteferry restore 2>&1 | sed 's/^/  /'
cmp "$work/volume/app.db" "$work/local/app.db" || fail "restored another database"

say "run, beside a container that writes"
podman run --name $agent --user $user "${strict[@]}" "${volumes[@]}" "${state[@]}" $image &>"$work/agent.log" &
running=$!
for ((i = 0; i < 600; i++)); do
  grep -q 'ready: the first pass is done' "$work/agent.log" && break
  kill -0 $running 2>/dev/null || fail "the agent has ended: $(cat "$work/agent.log")"
  sleep 0.1
done
# shellcheck disable=SC2016 # the shell in the container expands
podman run --name $writer --user $user "${strict[@]}" --volume "$work/local:/local" "$base" sh -c '
  trap "stop=yes" TERM
  n=0 stop=
  until [ $stop ]; do
    n=$((n + 1))
    echo $n >/local/f-$n
    sqlite3 -cmd ".timeout 10000" /local/app.db "BEGIN IMMEDIATE; INSERT INTO log VALUES ($n); UPDATE last SET n = $n; COMMIT;" || exit 1
    echo $n
  done' &>"$work/writer.log" &
writing=$!
sleep 3
for _ in 1 2 3 4 5 6; do
  check volume "$work/volume" 0
  sleep 1
done
pid=$(podman inspect --format '{{.State.Pid}}' $agent)
awk '/^(VmHWM|VmRSS|RssAnon|RssFile|Uid|CapEff|CapBnd|NoNewPrivs|Seccomp):/ { $1 = $1; print "  " $0 }' "/proc/$pid/status"
grep -q '^CapBnd:[[:space:]]*0*$' "/proc/$pid/status" || fail "the agent has capabilities"
podman exec $agent liteferry status | tee "$work/log" | sed -n '1,4s/^/  /p'
grep -q '^agent ' "$work/log" || fail "the running agent was not asked: $(cat "$work/log")"

say "stop the writer, then at once the agent"
podman stop --time 20 $writer >/dev/null
wait $writing || fail "the writer: $(tail -3 "$work/writer.log")"
committed=$(tail -1 "$work/writer.log")
podman stop --time 60 $agent >/dev/null
code=0
wait $running || code=$?
sed 's/^/  /' "$work/agent.log"
[[ $code -eq 0 ]] || fail "the agent ended with $code"
[[ $committed -gt 10 ]] || fail "only $committed commits"
check volume "$work/volume" "$committed"

say "lose the node, restore, verify as the image's own user"
fresh
liteferry restore 2>&1 | sed 's/^/  /'
check volume "$work/local" "$committed"
podman run --rm "${strict[@]}" --volume "$work/volume:/liteferry/volume:ro" $image verify | sed 's/^/  /'

podman image rm --force localhost/liteferry-test:{buildah,podman}-{1,2} $image-shell >/dev/null
podman image prune --force >/dev/null
say "all passed"
