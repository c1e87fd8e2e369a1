using System.Globalization;
using System.Text;
using CompareTextClassifiers;

namespace PretrainEncoder;

/// <summary>Says what an encoder is and how it was made.</summary>
public static class ModelCard
{
    public static void Save(PretrainArguments arguments, IReadOnlyList<TextDocument> texts, IReadOnlyList<PretrainingStage> stages, string path)
    {
        var card = new StringBuilder();
        string source = arguments.Texts.Count == 0
            ? $"the XML documentation of the .NET SDK's reference pack {SdkDocumentation.VersionOf(SdkDocumentation.FindFiles())} (summaries, remarks, return values; a document a type; the types that the CompareTextClassifiers sample tests on are left out)"
            : string.Join(", ", arguments.Texts.Select(Path.GetFileName));
        card.Append(CultureInfo.InvariantCulture, $"""
            # A small BERT, pretrained

            {arguments.Layers} layers x {arguments.Hidden}, at most {arguments.MaxLength} tokens in pretraining, uncased WordPiece vocabulary; bfloat16 weights with the masked-language-model head, in Hugging Face's layout.

            Text: {texts.Count:N0} texts of {texts.Select(t => t.Document).Distinct().Count():N0} documents, from {source}.

            | stage | rows | epochs | steps of {arguments.BatchSize} rows | learning rate | minutes | tokens/s | validation |
            |---|---|---|---|---|---|---|---|

            """);
        string precision = "";
        foreach (PretrainingStage stage in stages)
        {
            StageSummary last = StageSummary.Read(stage.MetricsFile);
            precision = last.Precision;
            string metrics = string.Join(", ", last.Validation.Select(m => string.Create(CultureInfo.InvariantCulture, $"{m.Key} {m.Value:0.000}")));
            card.Append(CultureInfo.InvariantCulture, $"| {stage.Name} | {stage.Packing} | {stage.Epochs} | {last.Steps:N0} | {stage.LearningRate:0.##e+0} | {last.Minutes:0} | {last.TokensPerSecond:N0} | {metrics} |\n");
        }
        card.Append(CultureInfo.InvariantCulture, $"""

            Made on {Environment.ProcessorCount} cores, {precision}, seed {arguments.Seed}, by

            ```
            dotnet run --project samples/PretrainEncoder -c Release -- --output {arguments.Output.Replace('\\', '/')} --layers {arguments.Layers} --hidden {arguments.Hidden} --vocabulary {arguments.Vocabulary} --max-length {arguments.MaxLength} --epochs {arguments.Epochs} --pair-epochs {arguments.PairEpochs} --batch-size {arguments.BatchSize} --learning-rate {arguments.LearningRate} --pair-learning-rate {arguments.PairLearningRate} --precision {precision} --dropout {arguments.Dropout} --seed {arguments.Seed}{string.Concat(arguments.Texts.Select(t => " --texts " + t.Replace('\\', '/')))}
            ```

            """);
        File.WriteAllText(path, card.ToString());
    }
}
