using Mono.Cecil;
using Mono.Cecil.Cil;

namespace MLNet.Pretrain.Tests.Networks.Devices;

/// <summary>
/// Where tensors are made, read from the compiled code: a tensor that is made where the maker does not say is the processor's, and whatever computes on an accelerator fails on meeting it. No accelerator is needed to see that.
/// </summary>
public class NamedDeviceTests
{
    private static readonly string[] s_products = ["MLNet.Pretrain.Networks", "MLNet.Pretrain.Transformers", "MLNet.Pretrain"];

    // Looked at one by one.
    private static readonly string[] s_ofTheProcessor =
    [
        // First weights: networks are made on the processor, or the numbers are copied to where the weights are.
        "Elmo", "FeedForwardLanguageModel", "LinearChainCrf", "LoraPair", "WeightInitializer", "WordNetwork", "WordNetworkBuilder`1",
        // Files, and what is read for all of a training.
        "ElmoCorpus", "ElmoWork", "Int8Rows", "SafetensorsFile", "TeacherAnswers", "TorchPickleFile",
        // Batches, which are moved as a whole once they are made.
        "BatchAssembler", "EmbeddingBatches", "PretrainingBatches", "TextParts", "TextWindow",
        // Sent to the network's device by whoever made them.
        "ElmoPooler", "ElmoTexts", "ElmoTransformer", "MaskedWordPredictor", "MultiLabelTask", "SampledSoftmax", "TextClassificationTask",
        // Of the processor alone, or computed there whatever the network's device is.
        "ElmoMix", "FastDropout", "HeadJudge", "LayerRandomness", "NeuralLanguageModelTransformer", "PackedEncoderEngine`1", "QuantizedLinear", "TorchRuntime", "TranslationMatches",
    ];

    [Fact]
    public void Who_makes_a_tensor_says_on_which_device_but_for_those_whose_tensors_are_the_processors()
    {
        SortedSet<string> silent = [.. s_products.SelectMany(Silent)];
        string.Join(", ", silent.Except(s_ofTheProcessor)).Should().BeEmpty("a network may be on another device: name it, or send the tensor there and add the maker to the list");
        string.Join(", ", s_ofTheProcessor.Except(silent)).Should().BeEmpty("who is on the list but makes no such tensor is to be taken off");
    }

    private static List<string> Silent(string product)
    {
        using ModuleDefinition module = ModuleDefinition.ReadModule(Path.Combine(AppContext.BaseDirectory, product + ".dll"));
        return [.. module.GetTypes().SelectMany(type => type.Methods).Where(method => method.HasBody)
            .SelectMany(method => method.Body.Instructions.Where(IsSilent).Select(_ => Outermost(method.DeclaringType).Name))];
    }

    // A call of a maker of TorchSharp's whose argument for the device is null.
    private static bool IsSilent(Instruction call)
    {
        if (call.OpCode != OpCodes.Call || call.Operand is not MethodReference { DeclaringType.FullName: "TorchSharp.torch" } maker) return false;
        int device = maker.Parameters.ToList().FindIndex(p => p.ParameterType.FullName == "TorchSharp.torch/Device");
        // What is made like another tensor is where that is.
        if (device < 0 || maker.Name.EndsWith("_like", StringComparison.Ordinal)) return false;
        Instruction argument = call.Previous;
        for (int i = maker.Parameters.Count - 1; i > device; i--) argument = Before(argument);
        return argument.OpCode == OpCodes.Ldnull;
    }

    // What precedes an argument that is a constant, a variable, a field of this, or the default of a value that may be missing.
    private static Instruction Before(Instruction argument)
    {
        if (argument.OpCode == OpCodes.Ldfld) return argument.Previous.Previous;
        return argument.Previous.OpCode == OpCodes.Initobj ? argument.Previous.Previous.Previous : argument.Previous;
    }

    private static TypeDefinition Outermost(TypeDefinition type) => type.DeclaringType is { } outer ? Outermost(outer) : type;
}
