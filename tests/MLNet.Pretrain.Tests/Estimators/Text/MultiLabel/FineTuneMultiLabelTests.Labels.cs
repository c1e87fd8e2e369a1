using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Estimators.Text.MultiLabel;

/// <summary>Label columns as they come, and what is refused.</summary>
public sealed partial class FineTuneMultiLabelTests
{
    [Fact]
    public void Labels_teach_the_same_whether_they_are_keys_booleans_or_numbers_doubled_missing_or_of_fixed_length()
    {
        Row[] rows = Rows(60, 1);
        IDataView data = _ml.Data.LoadFromEnumerable(rows);
        float[][] expected = Learnt(ByValue("Label", "Topics"));
        Learnt(ByValue("Label", "Padded")).Should().BeEquivalentTo(expected, o => o.WithStrictOrdering());
        Learnt(_ml.Transforms.Concatenate("Label", "blue", "green", "red")).Should().BeEquivalentTo(expected, o => o.WithStrictOrdering());
        Learnt(_ml.Transforms.Conversion.ConvertType([new("blue"), new("green"), new("red")], DataKind.Single).Append(_ml.Transforms.Concatenate("Label", "blue", "green", "red"))).Should().BeEquivalentTo(expected, o => o.WithStrictOrdering());
        Learnt(ByValue("Keys", "Topics").Append(_ml.Transforms.Conversion.MapKeyToVector("Label", "Keys", outputCountVector: true))).Should().BeEquivalentTo(expected, o => o.WithStrictOrdering());

        IEstimator<ITransformer> ByValue(string output, string input) => _ml.Transforms.Conversion.MapValueToKey(output, input, keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue);

        float[][] Learnt(IEstimator<ITransformer> labels)
        {
            FineTuneMultiLabelOptions options = Options(steps: 5);
            options.Threads = 1;
            ITransformer model = labels.Append(_ml.MulticlassClassification.Trainers.FineTuneMultiLabel(TinyTexts.Encoder, options)).Append(_ml.Transforms.Conversion.MapKeyToValue("Names", "PredictedLabel")).Fit(data);
            using var owned = (IDisposable)model;
            IDataView scored = model.Transform(data);
            VBuffer<ReadOnlyMemory<char>> names = default;
            scored.Schema["Score"].GetSlotNames(ref names);
            names.DenseValues().Select(name => name.ToString()).Should().Equal(s_topics);
            scored.GetColumn<string[]>("Names").SelectMany(found => found).Should().OnlyContain(name => s_topics.Contains(name));
            return [.. scored.GetColumn<float[]>("Score")];
        }
    }

    [Fact]
    public void Keys_without_values_are_numbers_and_rows_of_unknown_labels_are_left_out()
    {
        IDataView keys = _ml.Data.LoadFromEnumerable(Rows(40, 1).Select(row => new KeyRow { Text = row.Text, Label = [.. row.Topics.Select(topic => (uint)Array.IndexOf(s_topics, topic) + 1), 0u] }));
        using (MultiLabelTransformer model = Fit(keys, Options(steps: 2)))
        {
            model.Labels.Should().Equal("0", "1", "2");
            model.GetOutputSchema(keys.Schema)["PredictedLabel"].Annotations.Schema.GetColumnOrNull("KeyValues").Should().BeNull();
            _ml.Model.Save(model, keys.Schema, _folder.File("model.zip"));
            using var loaded = (MultiLabelTransformer)new MLContext().Model.Load(_folder.File("model.zip"), out _);
            loaded.GetOutputSchema(keys.Schema)["PredictedLabel"].Annotations.Schema.GetColumnOrNull("KeyValues").Should().BeNull();
        }

        IDataView unknown = Numbers(i => i % 2 == 0 ? float.NaN : 1);
        using (MultiLabelTransformer model = Fit(unknown, Options(steps: 2))) model.Labels.Should().Equal("First", "Second");
        Refused<InvalidOperationException>(Options(1), Numbers(_ => float.NaN)).WithMessage("*no training rows with a label*");
        Refused<InvalidOperationException>(Options(1), Numbers(_ => -1)).WithMessage("*'Label' has -1 in slot 0*expected 0 where the label is absent*");
    }

    [Fact]
    public void Bad_input_is_refused()
    {
        IDataView rows = View(Rows(9, 1));
        Refused<ArgumentException>(With(o => o.LabelColumnName = "Topics"), rows).WithMessage("Label column 'Topics' is Vector<String>; FineTuneMultiLabel reads a vector of Key<UInt32>*MapValueToKey*");
        Refused<ArgumentException>(With(o => o.LabelColumnName = "red"), rows).WithMessage("*'red' is Boolean*");
        Refused<ArgumentException>(With(o => o.LabelColumnName = "Nobody"), rows).WithMessage("*'Nobody', which is not in the data*");
        IDataView single = _ml.Transforms.Conversion.MapValueToKey("Label", "Category").Fit(rows).Transform(rows);
        Refused<ArgumentException>(Options(1), single).WithMessage("Label column 'Label' is Key<UInt32>; *vector of Key<UInt32>*");
        Refused<ArgumentException>(With(o => o.LabelColumnName = "Numbers"), rows).WithMessage("*'Numbers' is Vector<Single> without slot names*Concatenate*");
        Refused<InvalidOperationException>(Options(1), _ml.Data.FilterRowsByColumn(rows, "Order", 100)).WithMessage("*no training rows*");
        Refused<InvalidOperationException>(Options(1), Numbers(_ => 0)).WithMessage("*none of the 10 training rows has a label*'Label'*");
        Refused<ArgumentException>(With(o => o.Thresholds = [0.5, 0.5]), rows).WithMessage("*Thresholds has 2 values, but label 'Label' has 3 labels*");
        Refused<ArgumentException>(With(o => o.PositiveWeights = [1, 1, 1, 1]), rows).WithMessage("*PositiveWeights has 4 values, but label 'Label' has 3 labels*");
        foreach (double[] thresholds in (double[][])[[0, 0.5, 0.5], [1], [double.NaN], []]) Refused<ArgumentException>(With(o => o.Thresholds = thresholds)).WithMessage("*Thresholds are *expected numbers in (0, 1)*");
        foreach (double weight in (double[])[0, -1, double.PositiveInfinity, double.NaN]) Refused<ArgumentException>(With(o => o.PositiveWeights = [weight])).WithMessage("*PositiveWeights are *expected numbers above 0*");
        IDataView others = _ml.Data.LoadFromEnumerable(Rows(20, 2, without: "green"));
        Refused<ArgumentException>(With(o => o.ValidationData = _ml.Transforms.Conversion.MapValueToKey("Label", "Topics").Fit(others).Transform(others)), rows)
            .WithMessage("*3 labels in the training data and 2 in the validation data*Map both with the transformer*");
    }

    private FluentAssertions.Specialized.ExceptionAssertions<T> Refused<T>(FineTuneMultiLabelOptions options, IDataView? data = null) where T : Exception =>
        FluentActions.Invoking(() => Fit(data ?? View(Rows(9, 1)), options).Dispose()).Should().Throw<T>();

    private static FineTuneMultiLabelOptions With(Action<FineTuneMultiLabelOptions> change)
    {
        FineTuneMultiLabelOptions options = Options(1);
        change(options);
        return options;
    }

    private IDataView Numbers(Func<int, float> first)
    {
        IDataView rows = _ml.Data.LoadFromEnumerable(Rows(10, 1).Select((row, i) => new { row.Text, First = first(i), Second = 0f }));
        return _ml.Transforms.Concatenate("Label", "First", "Second").Fit(rows).Transform(rows);
    }

    private sealed class KeyRow
    {
        public string Text { get; set; } = "";

        [KeyType(3)]
        public uint[] Label { get; set; } = [];
    }
}
