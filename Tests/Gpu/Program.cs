using System.Globalization;
using TorchSharp;
using TransferKit.Gpu;
using TransferKit.Training;

// TransferKit.Gpu cpu|cuda|cuda:N: compares what a device computes with what the CPU computes. The exit code is 1 if a check failed.
if (args is not [var device])
{
    Console.Error.WriteLine("Usage: TransferKit.Gpu cpu|cuda|cuda:N");
    return 2;
}
string folder = Directory.CreateTempSubdirectory("transferkit-gpu-").FullName;
int failures = 0;
try
{
    var runs = new Runs(folder);
    Compare("features, largest value", runs.LargestFeature("cpu"), runs.LargestFeature(device), 0.01);
    // Rounding leads small trainings apart from epoch to epoch, even with another number of threads: the first epoch is compared.
    foreach (var mode in Enum.GetValues<FineTuneMode>())
        Compare($"loss, {mode}", runs.FineTune("cpu", mode).First, runs.FineTune(device, mode).First, 0.02);
    double single = runs.FineTune("cpu", Runs.All).First, bfloat16 = runs.FineTune(device, Runs.All, bfloat16: true).First;
    Compare("loss, AllLayers in bfloat16", single, bfloat16, 0.1);
    Compare("loss, interrupted and resumed", runs.FineTune(device, Runs.All).Last, runs.Resume(device).Last, 0.1);
    Compare("loss, detector", runs.Detect("cpu"), runs.Detect(device), 0.02);
    // The first trainings have filled libtorch's cache of memory: from then on the same training must need no more.
    double before = Memory.Megabytes(device);
    runs.FineTune(device, Runs.All);
    runs.Detect(device);
    Compare("memory before and after training (MB)", before, Math.Max(before, Memory.Megabytes(device)), 0.1);
}
finally
{
    Directory.Delete(folder, recursive: true);
}
Console.WriteLine($"libtorch {torch.__version__}, device {device}: {(failures == 0 ? "all checks passed" : $"{failures} checks failed")}");
return failures == 0 ? 0 : 1;

void Compare(string check, double expected, double actual, double tolerance)
{
    bool passed = Math.Abs(actual - expected) <= tolerance * Math.Abs(expected);
    failures += passed ? 0 : 1;
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{check,-40} {expected,12:0.00000} {actual,12:0.00000}  {(passed ? "ok" : $"FAILED: they differ by more than {tolerance:0%}")}"));
}
