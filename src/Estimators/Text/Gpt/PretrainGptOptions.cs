using Microsoft.ML;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>How a GPT is pretrained. The defaults inherited from <see cref="TrainingOptions"/> are set for training from scratch; to go on from a checkpoint lower <see cref="TrainingOptions.LearningRate"/> to 1e-5 to 1e-4.</summary>
public sealed class PretrainGptOptions : TrainingOptions
{
    /// <summary>Sets the defaults: 1 epoch of batches of 16 blocks, learning rate 6e-4 along a cosine with 2 % warm-up, beta2 0.95, weight decay 0.1 (Brown et al. 2020 for GPT-3's smallest).</summary>
    public PretrainGptOptions()
    {
        Epochs = 1;
        BatchSize = 16;
        LearningRate = 6e-4;
        Schedule = LearningRateScheduleKind.Cosine;
        WarmupRatio = 0.02;
        AdamBeta2 = 0.95;
        WeightDecay = 0.1;
    }

    /// <summary>What is trained: a checkpoint directory, a fitted GPT, or a <see cref="ScratchGpt"/>, which is the default.</summary>
    public GptSource Model { get; set; } = new ScratchGpt();

    /// <summary>Tokens of a training example; default 0 = as many as the network has positions; else 1 or more, and at most that. The texts are joined, <c>&lt;|endoftext|&gt;</c> before, between and after them, and cut into blocks: nothing is padded but the very last block, and each token is predicted once an epoch.</summary>
    public int BlockSize { get; set; }

    /// <summary>Dropout on embeddings, attention and the residual stream while training, in [0, 1); default null: what the model says.</summary>
    public double? Dropout { get; set; }

    /// <summary>Texts to evaluate on, with the input column. Default null: none, or <see cref="TrainingOptions.ValidationFraction"/> of the blocks, drawn at random, which may be of documents that are trained on, too.</summary>
    public IDataView? ValidationData { get; set; }

    internal override void Validate(string owner)
    {
        base.Validate(owner);
        Check(Model is not null, nameof(Model), null, "a directory, a fitted GPT or a ScratchGpt");
        Check(BlockSize >= 0, nameof(BlockSize), BlockSize, "0 (the network's positions) or more");
        Check(Dropout is null or (>= 0 and < 1), nameof(Dropout), Dropout, "null or a number in [0, 1)");
        CheckValidation(owner, ValidationData);

        void Check(bool valid, string name, object? found, string expected)
        {
            if (!valid) throw new ArgumentException(FormattableString.Invariant($"{owner}: {name} is {found ?? "null"}; expected {expected}."));
        }
    }
}
