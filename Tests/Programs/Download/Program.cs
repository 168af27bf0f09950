using TransferKit.Images;
using TransferKit.Weights;

// Download FOLDER URL: downloads a file while the test's own process downloads the same file.
var entry = new WeightEntry("TEST", new Uri(args[1]), Preprocessing.ImageNet, null, null, null);
Console.WriteLine(new WeightStore(args[0]).Get(entry));
