namespace TransferKit.Weights;

/// <summary>Writes files atomically: to a temporary file in the same folder, which is renamed when it is complete.</summary>
public static class AtomicFile
{
    /// <summary>Writes a file through a stream. An existing file is replaced only after <paramref name="write"/> has returned.</summary>
    /// <param name="path">The file; its folder is created if necessary.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="IOException">The file cannot be written, or the disk is full; an old file is unchanged.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder is not writable.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        Replace(path, temporary =>
        {
            using var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write);
            write(stream);
            stream.Flush(flushToDisk: true);
        });
    }

    /// <summary>
    /// Checks that a file can be written, so that a program fails before hours of work and not after them. Leaves nothing behind.
    /// </summary>
    /// <param name="path">The file; where its folder is missing, the nearest parent that exists is checked.</param>
    /// <exception cref="IOException">There is a folder of this name or a file in place of its folder, or the disk is full.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder is not writable.</exception>
    public static void Check(string path)
    {
        path = Path.GetFullPath(path);
        if (Directory.Exists(path))
            throw new IOException($"'{path}' is a folder; it must be the name of a file.");
        string folder = Path.GetDirectoryName(path)!;
        for (; !Directory.Exists(folder); folder = Path.GetDirectoryName(folder)!)
            if (File.Exists(folder))
                throw new IOException($"'{folder}' is a file; it must be the name of a folder.");
        string probe = Path.Combine(folder, $"{Guid.NewGuid():N}.tmp");
        using var stream = new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
    }

    /// <summary>Lets <paramref name="write"/> create a temporary file and renames that file when it has returned.</summary>
    /// <param name="path">The file; its folder is created if necessary.</param>
    /// <param name="write">Receives the temporary file's path.</param>
    /// <exception cref="IOException">The file cannot be written; an old file is unchanged.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder is not writable.</exception>
    public static void Replace(string path, Action<string> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        path = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string temporary = $"{path}.{Environment.ProcessId}-{Guid.NewGuid():N}.tmp";
        try
        {
            write(temporary);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
