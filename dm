#!/bin/sh
# Runs `dm`, and builds it first where that is needed.
#
# JAVA_HOME     the JDK to use; otherwise the java on the PATH
# DM_JAVA_OPTS  more options for the JVM; they come last, so they win

set -eu

die() {
    echo "dm: $*" >&2
    exit 1
}

self=$0
while [ -L "$self" ]; do
    link=$(readlink "$self")
    case $link in
        /*) self=$link ;;
        *) self=$(dirname "$self")/$link ;;
    esac
done
top=$(CDPATH='' cd "$(dirname "$self")" && pwd)
out=$top/target/dm

if [ -n "${JAVA_HOME:-}" ]; then
    java=$JAVA_HOME/bin/java
    [ -x "$java" ] || die "JAVA_HOME is $JAVA_HOME, but there is no bin/java in it"
    release=$JAVA_HOME/release
else
    java=$(command -v java) || die "Java 17 or later is needed, and there is no java on the PATH"
    release=$(dirname "$(dirname "$(readlink -f "$java" 2>/dev/null || echo "$java")")")/release
fi

# The release file spares every command the start of a second JVM.
if [ -r "$release" ]; then
    version=$(sed -n 's/^JAVA_VERSION="\([^"]*\)".*/\1/p' "$release")
else
    version=$("$java" -version 2>&1 | sed -n 's/.* version "\([^"]*\)".*/\1/p')
fi
feature=${version%%[!0-9]*}
[ "${feature:-0}" -ge 17 ] || die "Java 17 or later is needed; $java is ${version:-of an unknown version}"

up_to_date() {
    [ -f "$out/current" ] || return 1
    # Folders are compared too, which notices a file that was deleted.
    newer=$(find "$top/pom.xml" "$top"/dm-*/pom.xml "$top"/dm-*/src/main -newer "$out/current" -print)
    [ -z "$newer" ]
}

build() {
    command -v mvn >/dev/null || die "Maven 3.8 or later is needed to build, and there is no mvn on the PATH"
    if [ -f "$out/current" ]; then
        echo "dm: building again, a source is newer than the last build…" >&2
    else
        echo "dm: building on first use…" >&2
    fi
    # Named before the build begins: what is edited while it runs counts as newer.
    : >"$out/current.new"
    if ! (cd "$top" && mvn -q -B -ntp -T1C package -pl dm-cli -am -Dstyle.color=never -Dmaven.test.skip=true -Dmaven.source.skip=true \
        -Denforcer.skip=true -Dspotless.check.skip=true -Djapicmp.skip=true) >"$out/build.log" 2>&1; then
        cat "$out/build.log" >&2
        die "the build failed, see above"
    fi
    # A folder for each build: a daemon that is still running keeps the jars that it started from.
    run=$out/run-$(date +%Y%m%d%H%M%S)-$$
    mkdir "$run"
    cp "$top"/dm-cli/target/dm-cli-*.jar "$top"/dm-cli/target/lib/*.jar "$run"
    rm -f "$run"/*-sources.jar
    touch -r "$out/current.new" "$run/stamp"
    echo "$run" >"$out/current.new"
    touch -r "$run/stamp" "$out/current.new"
    mv "$out/current.new" "$out/current"
    find "$out" -name 'run-*' -prune -mtime +7 -exec rm -rf {} +
}

# Two commands at once: one builds, the other waits and then finds the work done.
build_once() {
    mkdir -p "$out"
    if command -v flock >/dev/null; then
        (
            flock 9
            up_to_date || build 9>&-
        ) 9>"$out/lock"
    else
        (
            until mkdir "$out/lock.d" 2>/dev/null; do
                owner=$(cat "$out/lock.d/pid" 2>/dev/null || true)
                if [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; then
                    rm -rf "$out/lock.d"
                else
                    sleep 1
                fi
            done
            trap 'rm -rf "$out/lock.d"' EXIT
            trap 'exit 1' HUP INT TERM
            echo $$ >"$out/lock.d/pid"
            up_to_date || build
        )
    fi
}

up_to_date || build_once
read -r run <"$out/current"

memory_kib() {
    kib=
    if [ -r /proc/meminfo ]; then
        while read -r key value _; do
            [ "$key" != MemTotal: ] || { kib=$value; break; }
        done </proc/meminfo
        if [ -r /sys/fs/cgroup/memory.max ]; then
            read -r limit </sys/fs/cgroup/memory.max
            [ "$limit" = max ] || [ $((limit / 1024)) -gt "$kib" ] || kib=$((limit / 1024))
        fi
    else
        bytes=$(sysctl -n hw.memsize 2>/dev/null) && kib=$((bytes / 1024))
    fi
    echo "$kib"
}

serve=
for arg; do
    [ "$arg" != serve ] || serve=yes
done

if [ -n "$serve" ]; then
    # RAM devices are direct memory, whose default limit is that of the heap.
    kib=$(memory_kib)
    jvm=${kib:+-XX:MaxDirectMemorySize=$((kib * 8 / 10))k}
    # Optional, for the target crypt; the release file tells whether this JDK has it.
    if grep -q '^MODULES=.*jdk\.incubator\.vector' "$release" 2>/dev/null; then
        jvm="$jvm --add-modules jdk.incubator.vector"
    fi
    gc=-XX:+UseParallelGC
else
    # Over in a moment: what counts is the start.
    jvm="-Xshare:auto -XX:TieredStopAtLevel=1 -XX:-UsePerfData"
    gc=-XX:+UseSerialGC
fi
# The JVM refuses to start with two collectors, so the user's choice takes the place of ours.
case ${DM_JAVA_OPTS:-} in
    *-XX:+Use*GC*) ;;
    *) jvm="$jvm $gc" ;;
esac
[ "$feature" -lt 22 ] || jvm="$jvm --enable-native-access=ALL-UNNAMED"

classpath=
for jar in "$run"/*.jar; do
    classpath=$classpath${classpath:+:}$jar
done

# Options are split at blanks, but are no patterns for file names.
set -f
# The name is for messages that show a command as the user can type it.
# shellcheck disable=SC2086
exec "$java" "-Ddm.command=$0" $jvm ${DM_JAVA_OPTS:-} -cp "$classpath" io.devicemapper.cli.Dm "$@"
