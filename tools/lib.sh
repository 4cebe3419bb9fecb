# What the scripts of this folder share. To be sourced from the top of the tree.

# The tools that tools/setup installs, and not others of the same name that stand earlier in somebody's PATH.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH

# Objects are shared between build folders and clones.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1

step() { printf '\n== %s\n' "$*"; }

# configure BUILD_FOLDER [CMAKE_OPTION ...]
configure() {
  local folder=$1
  shift
  # Line tables are enough for a stack trace; whole debug information would make the objects several times as large.
  cmake -S . -B "$folder" -G Ninja -DTIDEMARK_JUMBO=ON -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O2 -g1 -DNDEBUG" "$@" \
    >"$folder.log" 2>&1 || {
    cat "$folder.log"
    return 1
  }
  rm -f "$folder.log"
}

# compile BUILD_FOLDER [TARGET ...]: says how far it is, on a line of its own every ten seconds where no terminal is;
# what the compiler says only if something is wrong.
compile() {
  local folder=$1 log=$1.log begun=$SECONDS build status=0
  shift
  if [[ -t 1 ]]; then
    NINJA_STATUS="[%f/%t] " ninja -C "$folder" "$@"
    return
  fi
  NINJA_STATUS="[%f/%t] " ninja -C "$folder" "$@" >"$log" 2>&1 &
  build=$!
  while sleep 1 && kill -0 "$build" 2>/dev/null; do
    (((SECONDS - begun) % 10)) || printf '%s after %d s\n' "$(grep -o '^\[[0-9/]*\]' "$log" | tail -n 1 || true)" $((SECONDS - begun))
  done
  wait "$build" || status=$?
  ((status == 0)) || grep -v '^\[' "$log" || true
  rm -f "$log"
  return "$status"
}

# run_tests BUILD_FOLDER [CTEST_OPTION ...]: as many at once as there are processors; those that measure run alone.
run_tests() {
  local folder=$1
  shift
  ctest --test-dir "$folder" --output-on-failure --no-tests=error --parallel "$(nproc)" "$@"
}
