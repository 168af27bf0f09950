#!/usr/bin/env bash
# Compares training and features on a GPU with the CPU's, and exits with 1 if they differ; see README.md.
#   Tests/Gpu/run.sh [--device cuda|cpu]          runs the checks
#   Tests/Gpu/run.sh --publish [pytorch|cpu|cuda] builds what the checks need, into artifacts/gpu: without libtorch, or with one
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
app=$here/../../artifacts/gpu
# The version of libtorch that this version of LibTorchSharp was built with.
expected=2.10

publish() {
    case $1 in
        pytorch) set -- -p:WithLibTorch=false ;;
        cpu | cuda) set -- "-p:TorchDevice=$1" ;;
        *) echo "Unknown libtorch '$1': pytorch, cpu and cuda are known." >&2; exit 2 ;;
    esac
    rm -rf "$app"
    dotnet publish "$here" -c Release -r linux-x64 --self-contained "$@" -o "$app"
}

device=cuda
case ${1:-} in
    --publish) publish "${2:-pytorch}"; exit ;;
    --device) device=${2:?cuda or cpu} ;;
    '') ;;
    *) sed -n '3,4s/^#//p' "$0" >&2; exit 2 ;;
esac
[ -x "$app/TransferKit.Gpu" ] || { echo "Nothing is published in artifacts/gpu: call $0 --publish first, where the .NET SDK is." >&2; exit 2; }

uname -sr
nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2> /dev/null || echo "There is no NVIDIA driver."
if [ ! -e "$app/libtorch_cpu.so" ]; then
    read -r version folder < <(python3 -c 'import torch; print(torch.__version__, torch.__path__[0] + "/lib")') ||
        { echo "Neither artifacts/gpu nor this machine's python3 has libtorch: call $0 --publish cpu or cuda." >&2; exit 2; }
    echo "libtorch $version of PyTorch, in $folder"
    [[ $version == "$expected".* ]] ||
        echo "LibTorchSharp was built with libtorch $expected: functions that $version does not have end the program with a symbol error."
    export TRANSFERKIT_LIBTORCH=$folder
fi
printf '%-40s %12s %12s\n' check expected "$device"
"$app/TransferKit.Gpu" "$device"
