using System.Diagnostics;
using System.Globalization;

namespace TransferKit.Gpu;

/// <summary>The memory in use: of the GPU, as nvidia-smi reports it, or of this process for the device <c>cpu</c>.</summary>
internal static class Memory
{
    public static double Megabytes(string device)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        if (device == "cpu")
            return Environment.WorkingSet >> 20;
        string gpu = device.Split(':') is [_, var index] ? index : "0";
        string[] arguments = [$"--id={gpu}", "--query-gpu=memory.used", "--format=csv,noheader,nounits"];
        using var process = Process.Start(new ProcessStartInfo("nvidia-smi", arguments) { RedirectStandardOutput = true })!;
        return double.Parse(process.StandardOutput.ReadToEnd(), CultureInfo.InvariantCulture);
    }
}
