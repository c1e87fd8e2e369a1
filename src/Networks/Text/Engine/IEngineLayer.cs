namespace MLNet.Pretrain.Networks.Text.Engine;

/// <summary>A Transformer layer over real tokens back to back. May be used by several threads at once, each with buffers of its own.</summary>
internal interface IEngineLayer : IDisposable
{
    /// <summary>Takes the states of <see cref="EngineBuffers.States"/> one layer further.</summary>
    void Run(EngineBuffers buffers, TokenRows tokens);
}
