using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Tests.Support;
using TorchSharp;

namespace MLNet.Pretrain.Tests.Conformance;

/// <summary>The contract of every component, as checks of one case each. They throw where it is broken.</summary>
internal static class Checks
{
    /// <summary>Every check by its sentence.</summary>
    public static IReadOnlyDictionary<string, Action<ConformanceCase>> All { get; } = new Dictionary<string, Action<ConformanceCase>>
    {
        ["The promised schema is the schema delivered"] = PromisedSchemaIsDelivered,
        ["Missing and mistyped columns are refused by all four"] = WrongColumnsAreRefused,
        ["Fitting twice gives equal models"] = FittingTwiceAgrees,
        ["A saved chain gives the same values when loaded"] = SavedChainAgrees,
        ["Values do not depend on how rows are read"] = ReadingAgrees,
        ["One row at a time agrees with the batch"] = RowByRowAgrees,
        ["Two threads agree with one"] = ThreadsAgree,
        ["Nothing is computed before it is asked for"] = IsLazy,
        ["Empty views, empty texts and long texts are scored"] = EdgeRowsAreScored,
        ["Cancelling stops Fit"] = CancellingStopsFit,
        ["CancelExecution stops Fit while it reads"] = CancelExecutionStopsFit,
        ["Live tensors are flat"] = LiveTensorsAreFlat,
    };

    private static void PromisedSchemaIsDelivered(ConformanceCase c)
    {
        var ml = new MLContext(1);
        IDataView data = ConformanceCase.Data(ml);
        IEstimator<ITransformer> estimator = c.Create(ml);
        SchemaShape promised = estimator.GetOutputSchema(SchemaShapes.Of(data.Schema));
        ITransformer fitted = estimator.Fit(data);
        DataViewSchema schema = fitted.GetOutputSchema(data.Schema);
        SchemaShape delivered = SchemaShapes.Of(schema);
        Describe(delivered).Should().BeEquivalentTo(Describe(promised), "GetOutputSchema promises it");
        Describe(SchemaShapes.Of(fitted.Transform(data).Schema)).Should().BeEquivalentTo(Describe(delivered), "Transform delivers what GetOutputSchema said");
        schema.Where(s => !s.IsHidden).Select(s => s.Name).Should().Contain(c.Outputs);
        (fitted as IDisposable)?.Dispose();
    }

    private static void WrongColumnsAreRefused(ConformanceCase c)
    {
        var ml = new MLContext(1);
        IDataView data = ConformanceCase.Data(ml);
        IEstimator<ITransformer> estimator = c.Create(ml);
        using var model = new Disposing(estimator.Fit(data));
        foreach (string column in c.Inputs.Concat(c.FitInputs))
        {
            IDataView missing = ml.Transforms.DropColumns(column).Fit(data).Transform(data);
            IDataView mistyped = ml.Transforms.CopyColumns(column, "Numbers").Fit(data).Transform(data);
            foreach (IDataView wrong in (IDataView[])[missing, mistyped])
            {
                Refuses(() => estimator.GetOutputSchema(SchemaShapes.Of(wrong.Schema)), column);
                Refuses(() => estimator.Fit(wrong), column);
                if (c.FitInputs.Contains(column)) continue;
                Refuses(() => model.Transformer.GetOutputSchema(wrong.Schema), column);
                Refuses(() => model.Transformer.Transform(wrong), column);
            }
        }

        static void Refuses(Action act, string column) => act.Should().Throw<ArgumentException>().WithMessage($"*'{column}'*");
    }

    private static void FittingTwiceAgrees(ConformanceCase c)
    {
        var ml = new MLContext(1);
        IDataView data = ConformanceCase.Data(ml);
        WithThreads(1, () =>
        {
            IEstimator<ITransformer> estimator = c.Create(ml);
            using var first = new Disposing(estimator.Fit(data));
            using var second = new Disposing(estimator.Fit(data));
            RowReader.ShouldAgree(Values(c, first, data), Values(c, second, data), "the seed is the same");
        });
    }

    private static void SavedChainAgrees(ConformanceCase c)
    {
        var ml = new MLContext(1);
        IDataView data = ConformanceCase.Data(ml);
        var chain = ml.Transforms.CopyColumns("Before", "Order").Append(c.Create(ml)).Append(ml.Transforms.NormalizeMinMax("Numbers"));
        ITransformer model = chain.Fit(data);
        string path = Path.Combine(Path.GetTempPath(), Guid.NewGuid() + ".zip");
        try
        {
            ml.Model.Save(model, data.Schema, path);
            ITransformer loaded = new MLContext().Model.Load(path, out _);
            string[] columns = [.. c.Outputs, "Before", "Numbers"];
            Describe(SchemaShapes.Of(loaded.GetOutputSchema(data.Schema))).Should().BeEquivalentTo(Describe(SchemaShapes.Of(model.GetOutputSchema(data.Schema))));
            RowReader.ShouldAgree(RowReader.Read(loaded.Transform(data), columns).Select(r => r.Values), RowReader.Read(model.Transform(data), columns).Select(r => r.Values), "it was saved", 1e-6f);
            (loaded as IDisposable)?.Dispose();
        }
        finally
        {
            File.Delete(path);
            (model as IDisposable)?.Dispose();
        }
    }

    private static void ReadingAgrees(ConformanceCase c)
    {
        var ml = new MLContext(1);
        IDataView data = ConformanceCase.Data(ml, 100);
        using var model = new Disposing(c.Create(ml).Fit(data));
        IDataView scored = model.Transformer.Transform(data);
        string[] columns = [.. c.Outputs, "Order"];
        List<(DataViewRowId Id, object[] Values)> expected = RowReader.Read(scored, columns);
        expected.Select(r => r.Id).Should().OnlyHaveUniqueItems();
        expected.Select(r => (float)r.Values[^1]).Should().BeInAscendingOrder("order is kept");
        foreach (string column in c.Outputs)
        {
            int at = Array.IndexOf(columns, column);
            RowReader.ShouldAgree(RowReader.Read(scored, [column]).Select(r => r.Values), expected.Select(r => new[] { r.Values[at] }), $"{column} alone is active", 1e-5f);
        }
        ByOrder(RowReader.Read(ml.Data.Cache(scored), columns), "cached");
        ByOrder(RowReader.Read(ml.Data.ShuffleRows(scored, seed: 3), columns), "shuffled");
        ByOrder(RowReader.Read(model.Transformer.Transform(ml.Data.ShuffleRows(data, seed: 3)), columns), "of shuffled rows");
        ByOrder(RowReader.Read(ml.Data.FilterRowsByColumn(scored, "Order", 10, 20), columns), "filtered", 10);
        ByOrder(RowReader.Read(ml.Data.TakeRows(scored, 7), columns), "taken", 7);
        DataViewSchema.Column[] active = [.. columns.Select(name => scored.Schema[name])];
        var fromSet = new List<(DataViewRowId, object[])>();
        foreach (DataViewRowCursor cursor in scored.GetRowCursorSet(active, 2))
            using (cursor) fromSet.AddRange(RowReader.Read(cursor, active));
        ByOrder(fromSet, "from a cursor set");

        void ByOrder(IEnumerable<(DataViewRowId Id, object[] Values)> rows, string how, int count = 100)
        {
            object[][] ordered = [.. rows.Select(r => r.Values).OrderBy(v => (float)v[^1])];
            ordered.Length.Should().Be(count, how);
            RowReader.ShouldAgree(ordered, ordered.Select(v => expected[(int)(float)v[^1]].Values), how, 1e-5f);
        }
    }

    private static void RowByRowAgrees(ConformanceCase c)
    {
        var ml = new MLContext(1);
        IDataView data = ConformanceCase.Data(ml);
        using var model = new Disposing(c.Create(ml).Fit(data));
        object[][] expected = Values(c, model, data);
        IRowToRowMapper mapper = model.Transformer.GetRowToRowMapper(data.Schema);
        DataViewSchema.Column[] outputs = [.. c.Outputs.Select(name => mapper.OutputSchema[name])];
        using DataViewRowCursor cursor = data.GetRowCursor(mapper.GetDependencies(outputs));
        DataViewRow row = mapper.GetRow(cursor, outputs);
        Func<object>[] getters = [.. outputs.Select(column => RowReader.Getter(row, column))];
        var actual = new List<object[]>();
        while (cursor.MoveNext()) actual.Add([.. getters.Select(get => get())]);
        RowReader.ShouldAgree(actual, expected, "a prediction engine reads this way", 1e-5f);
    }

    private static void ThreadsAgree(ConformanceCase c)
    {
        var ml = new MLContext(1);
        IDataView data = ConformanceCase.Data(ml, 200);
        using var model = new Disposing(c.Create(ml).Fit(data));
        // Each with two of libtorch's, which a thread has from its first operation to its end: hence new ones.
        WithThreads(2, () =>
        {
            object[][] expected = Values(c, model, data);
            Task<object[][]>[] actual = [.. Enumerable.Range(0, 2).Select(_ => Task.Factory.StartNew(() => Values(c, model, data), TaskCreationOptions.LongRunning))];
            foreach (object[][] values in Task.WhenAll(actual).Result) RowReader.ShouldAgree(values, expected, "two threads score at once", 1e-6f);
        });
    }

    private static void IsLazy(ConformanceCase c)
    {
        var ml = new MLContext(1);
        IDataView data = ConformanceCase.Data(ml, 2000);
        using var model = new Disposing(c.Create(ml).Fit(ConformanceCase.Data(ml)));
        long before = c.Windows(model.Transformer);
        IDataView scored = model.Transformer.Transform(data);
        RowReader.Read(scored, ["Order", "Text"]);
        c.Windows(model.Transformer).Should().Be(before, "no column of ours was asked for");
        RowReader.Read(ml.Data.TakeRows(scored, 10), c.Outputs);
        c.Windows(model.Transformer).Should().Be(before + 1, "ten rows are one small batch");
    }

    private static void EdgeRowsAreScored(ConformanceCase c)
    {
        var ml = new MLContext(1);
        IDataView data = ConformanceCase.Data(ml);
        IEstimator<ITransformer> estimator = c.Create(ml);
        IDataView none = ml.Data.FilterRowsByColumn(data, "Order", lowerBound: 1e9);
        if (c.NeedsRows) ((Action)(() => estimator.Fit(none))).Should().Throw<InvalidOperationException>().WithMessage("*no training rows*");
        using var model = new Disposing(estimator.Fit(data));
        RowReader.Read(model.Transformer.Transform(none), c.Outputs).Should().BeEmpty();
        IDataView odd = ml.Data.LoadFromEnumerable<ConformanceCase.Row>([new() { Text = "", Other = "" }, new() { Text = new string('x', 100_000), Other = "a" }, new() { Text = string.Join(' ', Enumerable.Repeat("film", 50_000)) }]);
        IDataView scored = model.Transformer.Transform(odd);
        List<(DataViewRowId Id, object[] Values)> rows = RowReader.Read(scored, c.Outputs);
        rows.Should().HaveCount(3);
        rows.SelectMany(r => r.Values).SelectMany(v => v is float[] vector ? vector : v is float single ? [single] : []).Should().NotContain(v => !float.IsFinite(v));
    }

    private static void CancellingStopsFit(ConformanceCase c)
    {
        // What takes no token has the check below.
        if (c.Cancellable is null) return;
        LiveTensors.ShouldNotGrow(() => CancelAt(2), () => CancelAt(3));

        void CancelAt(int lastStep)
        {
            var ml = new MLContext(1);
            using var source = new CancellationTokenSource();
            int steps = 0;
            IEstimator<ITransformer> estimator = c.Cancellable(ml, source.Token, () =>
            {
                if (++steps == lastStep) source.Cancel();
            });
            ((Action)(() => estimator.Fit(ConformanceCase.Data(ml)))).Should().Throw<OperationCanceledException>();
            steps.Should().Be(lastStep, "the step after the cancelled one does not begin");
        }
    }

    private static void CancelExecutionStopsFit(ConformanceCase c)
    {
        if (!c.NeedsRows) return;
        const int CancelAt = 100, Many = 2_000_000, Soon = 100_000;
        // Public as an extension in Microsoft.ML.Experimental, which calls this.
        MethodInfo cancel = typeof(MLContext).GetMethod("CancelExecution", BindingFlags.Instance | BindingFlags.NonPublic)!;
        var ml = new MLContext(1);
        int read = 0;
        IDataView data = ConformanceCase.Data(ml, Many, row =>
        {
            read = row + 1;
            if (row == CancelAt) cancel.Invoke(ml, []);
        });
        IEstimator<ITransformer> estimator = c.Create(ml);
        ((Action)(() => estimator.Fit(data))).Should().Throw<OperationCanceledException>();
        read.Should().BeInRange(CancelAt, Soon);
    }

    // Scoring alone: training has its own tests, which compare few steps with many.
    private static void LiveTensorsAreFlat(ConformanceCase c)
    {
        var ml = new MLContext(1);
        IDataView data = ConformanceCase.Data(ml, 500);
        using var model = new Disposing(c.Create(ml).Fit(data));
        Values(c, model, data);
        LiveTensors.ShouldLeaveNone(() =>
        {
            for (int i = 0; i < 20; i++) Values(c, model, data);
        });
    }

    private static void WithThreads(int threads, Action act)
    {
        int before = torch.get_num_threads();
        torch.set_num_threads(threads);
        try
        {
            act();
        }
        finally
        {
            torch.set_num_threads(before);
        }
    }

    private static object[][] Values(ConformanceCase c, Disposing model, IDataView data) => [.. RowReader.Read(model.Transformer.Transform(data), c.Outputs).Select(r => r.Values)];

    private static IEnumerable<string> Describe(SchemaShape shape) => shape.Select(c =>
        $"{c.Name}: {c.Kind} {c.ItemType} key={c.IsKey} {{{string.Join("; ", Describe(c.Annotations).Order())}}}");

    private sealed record Disposing(ITransformer Transformer) : IDisposable
    {
        public void Dispose() => (Transformer as IDisposable)?.Dispose();
    }
}
