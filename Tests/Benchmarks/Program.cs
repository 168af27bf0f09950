using System.Globalization;
using TransferKit.Benchmarks;

// Benchmarks serve MODEL PHOTO: requests per second of a served model, beside its peer.
if (args is ["serve", var model, var upload])
    return await Serving.Run(model, upload);

// Benchmarks detect PHOTO PEER.py: images per second of detectors, beside torchvision's.
if (args is ["detect", var photo, var peer])
    return Detecting.Run(photo, peer);

// Benchmarks heads PHOTOS BACKBONE WEIGHTS: classifiers on the features of a frozen network, by cross-validation.
if (args is ["heads", var labeled, var backbone, var weightsFile])
    return HeadComparison.Run(labeled, backbone, weightsFile);

// Benchmarks featurizers TRAIN TEST MOBILENET_V2_WEIGHTS: accuracy and images per second, beside ML.NET's own pretrained featurizer.
if (args is ["featurizers", var train, var test, var mobileNetWeights])
    return Featurizers.Run(train, test, mobileNetWeights);

// Benchmarks large PHOTOS PEER.py: large photographs decoded exactly and fast, beside the stock pipeline and torchvision's.
if (args is ["large", var largePhotos, var photosPeer])
    return LargePhotos.Run(largePhotos, photosPeer);

// Benchmarks networks PICTURE.svg TRAIN,TEST,... NETWORK=WEIGHTS[+int8]...: accuracy against images per second.
if (args is ["networks", var picture, var folders, .. var weighted])
    return Networks.Run(picture, folders, weighted);

// Benchmarks int8 NETWORK...: networks in single precision and with 8-bit integers.
if (args is ["int8", .. var networks])
    return Quantized.Run(networks);

// Benchmarks exports FOLDER: networks in ONNX Runtime, beside TorchSharp and beside PyTorch's exports in the folder.
if (args is ["exports", var exports])
    return Exports.Run(exports);

// Benchmarks PHOTOS WEIGHTS [BACKBONE] [ROUNDS]: images per second from JPEG files to features, beside the parts and the peers.
if (args.Length < 2)
{
    Console.Error.WriteLine("""
        Usage: Benchmarks PHOTOS WEIGHTS_FILE|none [BACKBONE=mobilenet_v2] [ROUNDS=5]
               Benchmarks serve MODEL PHOTO
               Benchmarks detect PHOTO Tests/Benchmarks/detect_peer.py
               Benchmarks heads PHOTOS BACKBONE TAG|WEIGHTS_FILE
               Benchmarks exports FOLDER
               Benchmarks int8 NETWORK...
               Benchmarks large PHOTOS Tests/Benchmarks/photos_peer.py
               Benchmarks networks PICTURE.svg TRAIN,TEST[,TRAIN,TEST...] NETWORK=WEIGHTS[+int8]...
               Benchmarks featurizers TRAIN TEST MOBILENET_V2_WEIGHTS_FILE
        """);
    return 2;
}
string[] photos = [.. Directory.EnumerateFiles(args[0], "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
int rounds = args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : 5;
using var contenders = new Contenders(photos, args.Length > 2 ? args[2] : "mobilenet_v2", args[1]);

// Every round runs each contender once, so that other load on the machine affects all of them; the first round is a warm-up.
var seconds = contenders.All.ToDictionary(c => c.Name, _ => new List<double>());
for (int round = 0; round <= rounds; round++)
    foreach (var (name, run) in contenders.All)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        run();
        if (round > 0)
            seconds[name].Add(clock.Elapsed.TotalSeconds);
    }

double Speed(string name) => photos.Length / seconds[name].Order().ElementAt(rounds / 2);
void Line(string text, double value) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{text,-62}{value,8:0.00}"));

Console.WriteLine($"{photos.Length} photographs, {Environment.ProcessorCount} processors, median of {rounds} rounds, images per second:");
foreach (var (name, _) in contenders.All)
    Line(name, Speed(name));
double network = Math.Max(Speed(Contenders.OnnxOneRun), Speed(Contenders.OnnxRunPerProcessor));
double bound = 1 / (1 / Speed(Contenders.Decode) + 1 / network);
Line("bound: 1 / (1/decoding + 1/the faster ONNX Runtime)", bound);
Line("ours / bound", Speed(Contenders.Ours) / bound);
Line("ours / stock ML.NET", Speed(Contenders.Ours) / Speed(Contenders.Stock));
Line("ours / TorchSharp eager", Speed(Contenders.Ours) / Speed(Contenders.Torch));
return 0;
