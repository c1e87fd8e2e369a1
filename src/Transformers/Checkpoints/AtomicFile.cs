namespace MLNet.Pretrain.Checkpoints;

/// <summary>Replaces a file only once its new content is complete: a full disk or a crash leaves the old one.</summary>
internal static class AtomicFile
{
    /// <summary>Ends the names of files that are not complete.</summary>
    public const string TemporarySuffix = ".new";

    public static void Write(string path, Action<Stream> write)
    {
        string temporary = path + TemporarySuffix;
        try
        {
            using (FileStream stream = File.Create(temporary, bufferSize: 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e)
        {
            File.Delete(temporary);
            // A file that is too large for its file system comes as ArgumentOutOfRangeException.
            if (e is not (IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)) throw;
            string kept = File.Exists(path) ? "The file that was there is unchanged." : "Nothing was left behind.";
            throw new IOException($"'{path}' could not be written: {e.Message.TrimEnd('.')}. {kept} Free some space or choose another folder, then save again.", e);
        }
    }

    public static void Write(string path, string content) => Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true);
        writer.Write(content);
    });
}
