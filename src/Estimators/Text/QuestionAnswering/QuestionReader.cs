using Microsoft.ML;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Reads questions, contexts and answers once and stores their windows on disk. A window's label is the answer's first and last token in it, or twice the
/// first token of all where it does not hold the whole answer.
/// </summary>
/// <param name="owner">For messages.</param>
/// <param name="options">Columns and windows.</param>
/// <param name="opened">Whose tokenizer it is.</param>
/// <param name="check">Called now and then; throws to end reading.</param>
internal sealed class QuestionReader(string owner, FineTuneQuestionAnsweringOptions options, TextModel<Networks.Text.TextEncoder> opened, Action check)
{
    /// <summary>Ends are below this, starts times this are added.</summary>
    public const int StartFactor = 1 << 15;

    public long Rows { get; private set; }

    public long RowsWithoutAnswer { get; private set; }

    /// <summary>Rows whose answer no window holds as a whole.</summary>
    public long AnswersTooLong { get; private set; }

    /// <summary>Rows whose answer has more tokens than the fitted model gives.</summary>
    public long AnswersBeyondLimit { get; private set; }

    public TokenStore Read(IDataView data)
    {
        QuestionAnsweringOptions columns = options.Scoring;
        int maxLength = TunedEncoder.MaxLength(opened, columns.MaxLength);
        using var writer = new TokenStoreWriter(new TokenStoreFormat(opened.Tokenizer.VocabSize, opened.Tokenizer.PadTokenId, opened.Tokenizer.HasTokenTypes, LabelKind.Class));
        var windows = new QuestionWindows(opened.Tokenizer, maxLength, columns.Stride, columns.MaxQuestionLength);
        string[] names = [.. new[] { columns.QuestionColumnName, columns.ContextColumnName, options.AnswerColumnName, options.AnswerStartColumnName }.OfType<string>().Distinct()];
        using DataViewRowCursor cursor = data.GetRowCursor(names.Select(name => data.Schema[name]));
        ValueGetter<ReadOnlyMemory<char>> getQuestion = Text(columns.QuestionColumnName), getContext = Text(columns.ContextColumnName), getAnswer = Text(options.AnswerColumnName);
        Func<double>? getStart = options.AnswerStartColumnName is { } start ? NumberColumn.Reader(cursor, data.Schema[start]) : null;
        ReadOnlyMemory<char> question = default, context = default, answer = default;
        while (cursor.MoveNext())
        {
            if (Rows % 64 == 0) check();
            getQuestion(ref question);
            getContext(ref context);
            getAnswer(ref answer);
            windows.Read(question.Span, context.Span);
            Write(windows, Place(answer.Span, context.Span, getStart?.Invoke(), windows), writer);
            Rows++;
        }
        return writer.Complete();

        ValueGetter<ReadOnlyMemory<char>> Text(string name) => cursor.GetGetter<ReadOnlyMemory<char>>(data.Schema[name]);
    }

    // The answer's tokens in the context; null where there is no answer.
    private (int First, int Last)? Place(ReadOnlySpan<char> answer, ReadOnlySpan<char> context, double? start, QuestionWindows windows)
    {
        if (answer.IsWhiteSpace())
        {
            if (!options.AllowNoAnswer) throw Invalid("the answer is empty", "one, or AllowNoAnswer");
            RowsWithoutAnswer++;
            return null;
        }
        int at = start is null ? context.IndexOf(answer, StringComparison.Ordinal) : double.IsInteger(start.Value) ? (int)start.Value : -1;
        if (at < 0 || at > context.Length - answer.Length || !context.Slice(at, answer.Length).SequenceEqual(answer))
        {
            string found = start is null ? "does not stand in the context" : FormattableString.Invariant($"does not stand at {start} of the context{(context.IndexOf(answer, StringComparison.Ordinal) is >= 0 and var other ? $", but at {other}" : ", nor elsewhere in it")}");
            throw Invalid($"the answer '{Short(answer)}' {found}", "the context's own characters");
        }
        (int first, int last) = windows.TokensOf(at, answer.Length) ?? throw Invalid($"the answer '{Short(answer)}' has no token", "a word or a sign");
        if (last - first >= options.Scoring.MaxAnswerLength) AnswersBeyondLimit++;
        return (first, last);
    }

    private void Write(QuestionWindows windows, (int First, int Last)? answer, TokenStoreWriter writer)
    {
        bool held = false;
        for (int window = 0; window < windows.Count; window++)
        {
            (int first, int count) = windows.Part(window);
            int label = 0;
            if (answer is { } place && place.First >= first && place.Last < first + count)
            {
                label = (windows.Prefix + place.First - first) * StartFactor + windows.Prefix + place.Last - first;
                held = true;
            }
            writer.Append(windows.Ids(window), windows.Prefix, label);
        }
        if (answer is not null && !held) AnswersTooLong++;
    }

    private InvalidOperationException Invalid(string found, string expected) => new($"{owner}: in row {Rows} {found}; expected {expected}. Check the columns '{options.AnswerColumnName}'{(options.AnswerStartColumnName is { } start ? $", '{start}'" : "")} and '{options.Scoring.ContextColumnName}'.");

    private static string Short(ReadOnlySpan<char> text) => text.Length <= 60 ? text.ToString() : $"{text[..60]}...";
}
