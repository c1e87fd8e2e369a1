using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>Answers cut out of contexts, by a fine-tuned encoder and by what costs nothing: the sentence that shares most words with the question.</summary>
internal static class AnswersBenchmark
{
    public static void Run(string path, string? testPath, TextEncoderSource encoder, double epochs, double learningRate, bool byCharacter)
    {
        var ml = new MLContext(1);
        List<Row> rows = Read(path);
        // No context on both sides.
        string[] contexts = [.. rows.Select(r => r.Context).Distinct()];
        new Random(1).Shuffle(contexts);
        HashSet<string> held = testPath is null ? [.. contexts.Take(contexts.Length / 5)] : [];
        Row[] train = [.. rows.Where(r => !held.Contains(r.Context))];
        List<Row> test = testPath is null ? [.. rows.Where(r => held.Contains(r.Context))] : Read(testPath);
        Console.WriteLine($"{train.Length:N0} questions to train, {test.Count:N0} to test");
        Print("sentence of most common words", [.. test.Select(r => MostCommon(r.Question, r.Context, byCharacter))], test, byCharacter);

        long start = Stopwatch.GetTimestamp();
        using QuestionAnsweringTransformer model = ml.MulticlassClassification.Trainers.FineTuneQuestionAnswering(encoder, new FineTuneQuestionAnsweringOptions
        {
            AnswerStartColumnName = "AnswerStart",
            Scoring = new() { MaxLength = 256, Precision = ScoringPrecision.Auto },
            Epochs = epochs,
            LearningRate = learningRate,
            Precision = TrainingPrecision.Auto,
            Seed = 1,
        }).Fit(ml.Data.LoadFromEnumerable(train));
        Console.WriteLine($"fitted in {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s");
        Print("fine-tuned", [.. model.Transform(ml.Data.LoadFromEnumerable(test)).GetColumn<ReadOnlyMemory<char>>("PredictedAnswer").Select(a => a.ToString())], test, byCharacter);
    }

    private static void Print(string name, string[] predicted, List<Row> test, bool byCharacter)
    {
        AnswerScore score = AnswerScore.Mean([.. predicted.Zip(test, (p, row) => AnswerScore.Of(Scored(p), [.. row.Answers.Select(Scored)]))]);
        Console.WriteLine(FormattableString.Invariant($"{name}: exact {score.ExactMatch:F3}, F1 {score.F1:F3}"));

        // A score by words of one character.
        string Scored(string answer) => byCharacter ? string.Join(' ', answer.Where(c => !char.IsPunctuation(c) && !char.IsWhiteSpace(c))) : answer;
    }

    private static string MostCommon(string question, string context, bool byCharacter)
    {
        HashSet<string> asked = [.. Words(question)];
        return context.Split(['.', '!', '?', '。', '！', '？'], StringSplitOptions.RemoveEmptyEntries).MaxBy(sentence => Words(sentence).Distinct().Count(asked.Contains)) ?? "";

        IEnumerable<string> Words(string text) => byCharacter ? text.Select(c => c.ToString()) : SplitWords(text);
    }

    private static string[] SplitWords(string text) => text.ToLowerInvariant().Split([' ', ',', '.', '?', '"', '(', ')'], StringSplitOptions.RemoveEmptyEntries);

    // SQuAD's JSON. Rows whose answer does not stand where it should are left out.
    private static List<Row> Read(string path)
    {
        using Stream file = File.OpenRead(path), plain = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using JsonDocument document = JsonDocument.Parse(plain);
        var rows = new List<Row>();
        foreach (JsonElement paragraph in document.RootElement.GetProperty("data").EnumerateArray().SelectMany(article => article.GetProperty("paragraphs").EnumerateArray()))
        {
            string context = paragraph.GetProperty("context").GetString()!;
            foreach (JsonElement question in paragraph.GetProperty("qas").EnumerateArray())
            {
                (string Text, int Start)[] answers = [.. question.GetProperty("answers").EnumerateArray().Select(a => (a.GetProperty("text").GetString()!, a.GetProperty("answer_start").GetInt32()))];
                string first = answers[0].Text;
                int start = string.CompareOrdinal(context, answers[0].Start, first, 0, first.Length) == 0 ? answers[0].Start : context.IndexOf(first, StringComparison.Ordinal);
                if (start >= 0) rows.Add(new Row { Question = question.GetProperty("question").GetString()!, Context = context, Answer = first, AnswerStart = start, Answers = [.. answers.Select(a => a.Text)] });
            }
        }
        return rows;
    }

    private sealed class Row
    {
        public string Question { get; set; } = "";

        public string Context { get; set; } = "";

        public string Answer { get; set; } = "";

        public int AnswerStart { get; set; }

        [NoColumn]
        public string[] Answers { get; set; } = [];
    }
}
