#!/usr/bin/env bash
# A mail server and receivers of webhooks for tests: receiver.sh FOLDER PORT; see receiver.py.
# From PyPI: aiosmtpd (Apache-2.0), standardwebhooks (MIT), trustme (MIT or Apache-2.0): seconds once.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/data/python.sh
ensure_python venv-sending 'aiosmtpd, standardwebhooks, trustme' \
    aiosmtpd==1.4.6 standardwebhooks==1.1.0 trustme==1.2.1
exec "$python" tests/sending/receiver.py "$@"
