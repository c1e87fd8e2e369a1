using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>What catalogs of the library call, for one that is compiled here: ML.NET keeps its own to itself, and only the library opens it.</summary>
internal static class CatalogUtils
{
    public static IHostEnvironment GetEnvironment(TrainCatalogBase.CatalogInstantiatorBase catalog) =>
        (IHostEnvironment)typeof(TrainCatalogBase).Assembly.GetType("Microsoft.ML.Data.CatalogUtils")!.GetMethod(nameof(GetEnvironment), [typeof(TrainCatalogBase.CatalogInstantiatorBase)])!.Invoke(null, [catalog])!;
}
