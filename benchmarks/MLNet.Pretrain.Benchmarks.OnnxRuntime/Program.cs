using System.Globalization;
using MLNet.Pretrain.Benchmarks.OnnxRuntime;

// MODEL.onnx THREADS: says "ready", then obeys a command a line, its fields between tabs, and answers each with a line of numbers (or "error ...").
using var encoder = new OnnxEncoder(args[0], int.Parse(args[1], CultureInfo.InvariantCulture));
Console.WriteLine("ready");
while (Console.ReadLine() is { } line)
{
    try
    {
        string[] fields = line.Split('\t');
        double[] answer = fields[0] switch
        {
            // B T rounds [IDS OUT]: milliseconds of each round; ids (int32) from a file or random; the last hidden states (float32) to a file.
            "batch" => TokenWork.Batch(encoder, Number(1), Number(2), Number(3), Field(4), Field(5)),
            // T n: median, 95th and 99th percentile in milliseconds of n runs of one row.
            "latency" => TokenWork.Latency(encoder, Number(1), Number(2)),
            // FILE column rows batchsize maxlength VOCABULARY [OUT]: milliseconds from texts to mean vectors, and their tokens; the vectors (float32) to a file.
            "text" => TextWork.Run(encoder, new(fields[1], Number(2), Number(3)), Number(4), Number(5), fields[6], Field(7)),
            _ => throw new ArgumentException($"'{fields[0]}' is not a command; expected batch, latency or text."),
        };
        Console.WriteLine(string.Join(' ', answer.Select(value => value.ToString("R", CultureInfo.InvariantCulture))));

        int Number(int index) => int.Parse(fields[index], CultureInfo.InvariantCulture);
        string? Field(int index) => index < fields.Length ? fields[index] : null;
    }
    catch (Exception e)
    {
        Console.WriteLine("error " + e.Message.ReplaceLineEndings(" "));
    }
}
