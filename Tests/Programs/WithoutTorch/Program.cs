using TransferKit;
using TransferKit.Engines;
using TransferKit.Images;
using TransferKit.Maps;

// A program that asks for the Torch engine and carries no libtorch; ONNX Runtime works in it.
using (var onnx = new ImageFeaturizer(new FeaturizerOptions { Weights = "none" }))
{
    Console.WriteLine(onnx.Width);
    // Maps that need no gradients need no libtorch either.
    foreach (var method in new[] { MapMethod.EigenCam, MapMethod.ScoreCam })
        using (var mapper = new ActivationMapper(onnx.Network, onnx.Preprocessing, new MapOptions { Method = method }))
            Console.WriteLine($"{method} {mapper.Map(new ImageSource(new Picture(40, 30, [.. Enumerable.Range(0, 4 * 40 * 30).Select(i => (byte)(i * i))]))).Values.Length}");
}
Console.WriteLine(AppDomain.CurrentDomain.GetAssemblies().Any(a => a.GetName().Name == "TorchSharp"));
try
{
    using var torch = new ImageFeaturizer(new FeaturizerOptions { Weights = "none", Engine = EngineKind.Torch });
}
catch (DllNotFoundException e)
{
    Console.WriteLine(e.Message);
}
