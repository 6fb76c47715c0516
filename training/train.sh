#!/bin/sh
# Trains the model that ships with Tessera and writes it in the Hugging Face layout.
#
#   training/train.sh --fsdd DIR_OR_TAR --out models/pebble [--work DIR] [train.py options]
#
# Needs espeak-ng's library and the Python packages of requirements.txt; PYTHON
# names the interpreter that has them.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
fsdd='' out='' work=''
while [ $# -ge 2 ]; do
    case $1 in
    --fsdd) fsdd=$2 ;;
    --out) out=$2 ;;
    --work) work=$2 ;;
    *) break ;;
    esac
    shift 2
done
if [ -z "$fsdd" ] || [ -z "$out" ]; then
    sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
work=${work:-$(mktemp -d)}
mkdir -p "$work"
train() { "$python" "$here/train.py" --fsdd "$fsdd" --work "$work" --development "$@"; }

# Most of one schedule of 82 hours of sound, then whole windows again at a higher learning rate: the first
# alone leaves the model weak on long recordings.
train --hours 82 --until 0.85 "$@"
mv "$work/checkpoint.pt" "$work/first.pt"
train --hours 20 --resume "$work/first.pt" --start 0.62 --seed 2 --warmup 30 "$@"
"$python" "$here/export.py" "$work/checkpoint.pt" "$out"
