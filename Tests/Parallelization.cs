using Xunit.Sdk;
using Xunit.v3;

// Networks use all processors anyway, and what is left of tensors and memory is counted for the whole process.
[assembly: Parallelization(Mode = ParallelMode.None)]
