using Microsoft.ML.Runtime;

namespace MLNet.Pretrain.Text;

/// <summary>A transformer with a network whose engine is chosen on first use.</summary>
internal interface INetworkServer
{
    TextNetworkRunner Runner { get; }
}

/// <summary>Brings what a runner chooses to whoever listens to the MLContext.</summary>
internal static class NetworkServers
{
    /// <summary>Has a transformer that runs a network write its choice of engine to the environment's log.</summary>
    public static TTransformer LoggingTo<TTransformer>(this TTransformer transformer, IHostEnvironment env)
    {
        if (transformer is INetworkServer server) server.Runner.LogTo(env);
        return transformer;
    }
}
