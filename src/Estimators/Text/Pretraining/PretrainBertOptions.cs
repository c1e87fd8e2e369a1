using Microsoft.ML;
using MLNet.Pretrain.Distillation;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>How an encoder is pretrained (Devlin et al. 2018, Liu et al. 2019). The defaults inherited from <see cref="TrainingOptions"/> are set for pretraining a small encoder from scratch.</summary>
public sealed class PretrainBertOptions : TrainingOptions
{
    /// <summary>Sets the defaults: 10 epochs, learning rate 5e-4, warm-up over the first 5 % of the steps.</summary>
    public PretrainBertOptions()
    {
        Epochs = 10;
        LearningRate = 5e-4;
        WarmupRatio = 0.05;
        AdamBeta2 = 0.98;
        AdamEpsilon = 1e-6;
    }

    /// <summary>What learns: a <see cref="ScratchEncoder"/>, a checkpoint directory or a fitted encoder, whose own heads go on learning where it has them. Default null: a <see cref="ScratchEncoder"/> of 4 layers x 256 with a vocabulary made from the texts.</summary>
    public TextEncoderSource? Encoder { get; set; }

    /// <summary>What a row holds; default <see cref="SequencePacking.FullSequences"/>.</summary>
    public SequencePacking Packing { get; set; } = SequencePacking.FullSequences;

    /// <summary>Text column that says which rows belong together: rows that follow each other and have the same value are one document. Default null: each row is a document.</summary>
    [OutputOnly]
    public string? DocumentColumnName { get; set; }

    /// <summary>Tokens of a row at most, special tokens included; default 128, 8 or more, at most what the encoder takes. Each passage of <see cref="SequencePacking.SameDocumentPairs"/> has up to half of it.</summary>
    public int MaxLength { get; set; } = 128;

    /// <summary>Part of the tokens that are hidden; default 0.15, in (0, 0.9]. 0.4 may pay for large models (Wettig et al. 2023).</summary>
    public double MaskProbability { get; set; } = 0.15;

    /// <summary>Part of the hidden tokens that are replaced by the mask token; default 0.8, in [0, 1].</summary>
    public double MaskTokenShare { get; set; } = 0.8;

    /// <summary>Part of the hidden tokens that are replaced by a random one; default 0.1, in [0, 1] and with <see cref="MaskTokenShare"/> at most 1. The rest stay as they are.</summary>
    public double RandomTokenShare { get; set; } = 0.1;

    /// <summary>Whether all pieces of a word are hidden together; default true.</summary>
    public bool WholeWordMasking { get; set; } = true;

    /// <summary>Finds words that no space separates, for <see cref="WholeWordMasking"/>. Default null: words are what the tokenizer takes apart, in Chinese single characters.</summary>
    public IWordSegmenter? Segmenter { get; set; }

    /// <summary>Part of the pairs that are shorter than <see cref="MaxLength"/>, by a random length; with <see cref="SequencePacking.SameDocumentPairs"/> the part of the passages that are shorter than half of it. Default 0.1, in [0, 1]. Used for pairs only.</summary>
    public double ShortSequenceProbability { get; set; } = 0.1;

    /// <summary>How many different sets of pairs are made of the documents; default 5, 1 or more. An epoch goes over all of them. Used for pairs only; words are hidden anew in every epoch in any case.</summary>
    public int DuplicateFactor { get; set; } = 5;

    /// <summary>Weight of the loss about pairs beside that of hidden words; default 1, above 0. Used for pairs only.</summary>
    public double PairLossWeight { get; set; } = 1;

    /// <summary>Temperature of the cosines of <see cref="SequencePacking.SameDocumentPairs"/>; default 0.05 (Gao et al. 2021), above 0.</summary>
    public double Temperature { get; set; } = 0.05;

    /// <summary>Dropout everywhere while pretraining, in [0, 1); default null: what the encoder was made with, mostly 0.1. 0 is faster, and where the model is small for its text, better (Lan et al. 2020). The encoder keeps its own for fine-tuning.</summary>
    public double? Dropout { get; set; }

    /// <summary>A teacher, whose words and hidden states are learnt beside the hidden words (Sanh et al. 2019); default null: none. Evaluations are of the hidden words, as ever.</summary>
    public PretrainingDistillation? Distillation { get; set; }

    /// <summary>How the fitted transformer makes a text's vector; default the mean over its tokens.</summary>
    [OutputOnly]
    public Pooling Pooling { get; set; } = Pooling.Mean;

    /// <summary>Whether the fitted transformer scales vectors to Euclidean length 1; default false.</summary>
    [OutputOnly]
    public bool Normalize { get; set; }

    /// <summary>Texts to evaluate on, with the columns of the training rows. Default null: none, or <see cref="TrainingOptions.ValidationFraction"/> of the rows, drawn at random: with pairs, whose sentences come back in other pairs, and with documents of several rows that measures text that is trained on, too.</summary>
    public IDataView? ValidationData { get; set; }

    internal bool IsPairs => Packing >= SequencePacking.NextSentencePairs;

    internal bool NeedsPooler => Packing is SequencePacking.NextSentencePairs or SequencePacking.SentenceOrderPairs;

    internal override void Validate(string owner)
    {
        base.Validate(owner);
        Distillation?.Validate(owner);
        Check(Enum.IsDefined(Packing), nameof(Packing), Packing, $"one of {string.Join(", ", Enum.GetNames<SequencePacking>())}");
        CheckValidation(owner, ValidationData);
        Check(DocumentColumnName != "", nameof(DocumentColumnName), "''", "null or the name of a text column");
        Check(MaxLength >= 8, nameof(MaxLength), MaxLength, "8 or more");
        Check(MaskProbability is > 0 and <= 0.9, nameof(MaskProbability), MaskProbability, "a number in (0, 0.9]");
        Check(MaskTokenShare is >= 0 and <= 1, nameof(MaskTokenShare), MaskTokenShare, "a number in [0, 1]");
        Check(RandomTokenShare >= 0 && MaskTokenShare + RandomTokenShare <= 1 + 1e-9, nameof(RandomTokenShare), RandomTokenShare, "0 or more, with MaskTokenShare at most 1");
        Check(Segmenter is null || WholeWordMasking, nameof(WholeWordMasking), WholeWordMasking, "true where there is a Segmenter, which is for nothing else");
        Check(ShortSequenceProbability is >= 0 and <= 1, nameof(ShortSequenceProbability), ShortSequenceProbability, "a number in [0, 1]");
        Check(DuplicateFactor >= 1, nameof(DuplicateFactor), DuplicateFactor, "1 or more");
        Check(PairLossWeight > 0 && double.IsFinite(PairLossWeight), nameof(PairLossWeight), PairLossWeight, "a number above 0");
        Check(Temperature > 0 && double.IsFinite(Temperature), nameof(Temperature), Temperature, "a number above 0");
        Check(Dropout is null or (>= 0 and < 1), nameof(Dropout), Dropout, "null or a number in [0, 1)");
        Check(Enum.IsDefined(Pooling), nameof(Pooling), Pooling, $"one of {string.Join(", ", Enum.GetNames<Pooling>())}");
        Check(Packing != SequencePacking.SameDocumentPairs || BatchSize >= 2, nameof(BatchSize), BatchSize, "2 or more where passages are told from each other");

        void Check(bool valid, string name, object? found, string expected)
        {
            if (!valid) throw new ArgumentException(FormattableString.Invariant($"{owner}: {name} is {found ?? "null"}; expected {expected}."));
        }
    }
}
