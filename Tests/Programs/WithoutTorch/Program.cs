using TransferKit;
using TransferKit.Engines;
using TransferKit.Images;
using TransferKit.Maps;

// A program without libtorch: the ONNX Runtime engine works, and the Torch engine says which package to add.
using (var onnx = new ImageFeaturizer(new FeaturizerOptions { Weights = "none" }))
{
    Console.WriteLine(onnx.Width);
    byte[] pixels = [.. Enumerable.Range(0, 4 * 40 * 30).Select(i => (byte)(i * i))];
    var image = new ImageSource(new Picture(40, 30, pixels));
    // Maps that need no gradients need no libtorch either.
    foreach (var method in new[] { MapMethod.EigenCam, MapMethod.ScoreCam })
        using (var mapper = new ActivationMapper(onnx.Network, onnx.Preprocessing, new MapOptions { Method = method }))
            Console.WriteLine($"{method} {mapper.Map(image).Values.Length}");
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
