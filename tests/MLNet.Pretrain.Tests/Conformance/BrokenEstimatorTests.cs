using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using TorchSharp;

namespace MLNet.Pretrain.Tests.Conformance;

/// <summary>A suite that nothing can fail shows nothing: estimators broken on purpose must fail the check of what they break.</summary>
public class BrokenEstimatorTests
{
    [Theory]
    [InlineData(Fault.PromisesAnotherColumn, "The promised schema is the schema delivered")]
    [InlineData(Fault.ComputesInTransform, "Nothing is computed before it is asked for")]
    [InlineData(Fault.DiffersFromFitToFit, "Fitting twice gives equal models")]
    [InlineData(Fault.AcceptsAnything, "Missing and mistyped columns are refused by all four")]
    [InlineData(Fault.KeepsTensors, "Live tensors are flat")]
    public void A_broken_estimator_fails_the_check_of_what_it_breaks(Fault fault, string check)
    {
        ConformanceCase broken = new()
        {
            Name = fault.ToString(),
            Create = ml => new Broken(ml, fault),
            Outputs = ["Vector"],
            Inputs = ["Text"],
            Windows = t => ((Wrapped)t).Inner.Runner.Runs,
        };
        FluentActions.Invoking(() => Checks.All[check](broken)).Should().Throw<Exception>();
        FluentActions.Invoking(() => Checks.All[check](broken with { Create = ml => new Broken(ml, Fault.None) })).Should().NotThrow("without the fault it passes");
    }

    public enum Fault
    {
        None,
        PromisesAnotherColumn,
        ComputesInTransform,
        DiffersFromFitToFit,
        AcceptsAnything,
        KeepsTensors,
    }

    private sealed class Broken(MLContext ml, Fault fault) : IEstimator<ITransformer>
    {
        private readonly TextEncoderEstimator _inner = ml.Transforms.Text.EncodeText("Vector", "Text", TinyTexts.Encoder);

        public ITransformer Fit(IDataView input) => new Wrapped(fault == Fault.DiffersFromFitToFit ? ml.Transforms.Text.EncodeText("Vector", "Text", TinyTexts.Encoder).Fit(input) : _inner.Fit(input), fault);

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => fault switch
        {
            Fault.PromisesAnotherColumn => inputSchema,
            Fault.AcceptsAnything => inputSchema,
            _ => _inner.GetOutputSchema(inputSchema),
        };
    }

    private sealed class Wrapped(TextEncoderTransformer inner, Fault fault) : ITransformer, IDisposable
    {
        private static readonly List<torch.Tensor> s_kept = [];

        public TextEncoderTransformer Inner => inner;

        public bool IsRowToRowMapper => true;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inner.GetOutputSchema(inputSchema);

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => ((ITransformer)inner).GetRowToRowMapper(inputSchema);

        public void Save(ModelSaveContext ctx) => ((ICanSaveModel)inner).Save(ctx);

        public IDataView Transform(IDataView input)
        {
            IDataView output = inner.Transform(input);
            if (fault == Fault.KeepsTensors) s_kept.Add(torch.zeros(1).DetachFromDisposeScope());
            if (fault == Fault.ComputesInTransform) _ = output.GetColumn<float[]>("Vector").Count();
            return output;
        }

        public void Dispose() => inner.Dispose();
    }
}
