using TransferKit;
using TransferKit.Engines;

// A program that asks for the Torch engine and carries no libtorch; ONNX Runtime works in it.
using (var onnx = new ImageFeaturizer(new FeaturizerOptions { Weights = "none" }))
    Console.WriteLine(onnx.Width);
Console.WriteLine(AppDomain.CurrentDomain.GetAssemblies().Any(a => a.GetName().Name == "TorchSharp"));
try
{
    using var torch = new ImageFeaturizer(new FeaturizerOptions { Weights = "none", Engine = EngineKind.Torch });
}
catch (DllNotFoundException e)
{
    Console.WriteLine(e.Message);
}
