using TransferKit.Toolkit;

return Cli.Run(args, Console.Out, Console.Error);
