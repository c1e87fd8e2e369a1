namespace System.Runtime.CompilerServices;

/// <summary>Tells the runtime what build/OpenInternals.targets told the compiler. The runtime goes by the full name, whoever declares it.</summary>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
internal sealed class IgnoresAccessChecksToAttribute(string assemblyName) : Attribute
{
    public string AssemblyName { get; } = assemblyName;
}
