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
  cmake -S . -B "$folder" -G Ninja -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O2 -g1 -DNDEBUG" "$@" >"$folder.log" 2>&1 || {
    cat "$folder.log"
    return 1
  }
  rm -f "$folder.log"
}

# compile BUILD_FOLDER [TARGET ...]: quiet unless something is wrong.
compile() {
  local folder=$1
  shift
  NINJA_STATUS="[%f/%t] " ninja -C "$folder" "$@" | if [[ -t 1 ]]; then cat; else grep -v '^\[' || true; fi
}

# run_tests BUILD_FOLDER [CTEST_OPTION ...]
run_tests() {
  local folder=$1
  shift
  ctest --test-dir "$folder" --output-on-failure --no-tests=error "$@"
}
