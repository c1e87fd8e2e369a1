using Microsoft.ML;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>Perplexity of <c>NeuralLanguageModel</c> on prepared words; benchmarks/language-model has the n-gram model beside it.</summary>
internal static class LanguageModelBenchmark
{
    public static void Run(string train, string test, NeuralLanguageModelOptions options)
    {
        var ml = new MLContext(1);
        options.Splitting = new() { Unit = WordUnit.Whitespace, Lowercase = false };
        (options.MinCount, options.Seed) = (1, 1);
        IDataView texts = ml.Data.LoadFromEnumerable(File.ReadLines(train).Select(line => new Row { Text = line }));
        using NeuralLanguageModelTransformer model = ml.Transforms.Text.NeuralLanguageModel("Features", "Text", options).Fit(texts);
        Console.WriteLine($"train {model.Perplexity(File.ReadLines(train).Take(2000))}");
        Console.WriteLine($"test {model.Perplexity(File.ReadLines(test))}");
    }

    private sealed class Row
    {
        public string Text { get; set; } = "";
    }
}
