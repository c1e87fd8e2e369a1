using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Distillation;

/// <summary>How far the runs of two encoders are apart.</summary>
/// <param name="StudentParts">What it needs of the student's run.</param>
/// <param name="TeacherParts">What it needs of the teacher's.</param>
/// <param name="Of">A scalar, of the student's run, the teacher's, and the batch that both have read: rows count as often as their weights say.</param>
/// <param name="Projection">What learns with the student; null = nothing.</param>
internal sealed record LayerLoss(EncoderTraceParts StudentParts, EncoderTraceParts TeacherParts, Func<EncoderTrace, EncoderTrace, TrainingBatch, Tensor> Of, nn.Module? Projection = null);
