using Xunit.Sdk;
using Xunit.v3;

// Networks use all processors anyway, and tests that count tensors or memory count those of the whole process.
[assembly: Parallelization(Mode = ParallelMode.None)]
