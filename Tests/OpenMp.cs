using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TransferKit.Tests;

/// <summary>
/// Lets the threads of libtorch sleep while they wait for each other, in the tests and in the programs they start. By default they spin
/// for a while, which on a machine of few cores takes the processor from the threads that are waited for, more than half of the time.
/// </summary>
internal static partial class OpenMp
{
    private const string Variable = "OMP_WAIT_POLICY", Passive = "passive";

    // OpenMP reads the variable when libtorch is loaded. Native code does not see what Environment sets.
    [ModuleInitializer]
    internal static void WaitPassively()
    {
        if (!OperatingSystem.IsLinux() || Environment.GetEnvironmentVariable(Variable) is not null)
            return;
        Environment.SetEnvironmentVariable(Variable, Passive);
        _ = SetVariable(Variable, Passive, overwrite: 0);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
