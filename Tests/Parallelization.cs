using Xunit.Sdk;
using Xunit.v3;

// Networks use all processors anyway, and tests that count tensors or memory count those of the whole process: these run one after the
// other. Beside them run tests that only start other programs and wait for them.
[assembly: CollectionBehavior(CollectionBehavior.CollectionPerAssembly)]
[assembly: Parallelization(Mode = ParallelMode.Collections, MaxThreads = 2)]

namespace TransferKit.Tests;

/// <summary>The collection of tests whose work other programs do.</summary>
internal static class OtherPrograms
{
    public const string Collection = "Other programs";
}
