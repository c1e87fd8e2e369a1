using System.Reflection;
using Mono.Cecil;

namespace MLNet.Pretrain.Tests.Interop;

/// <summary>What our assemblies take from ML.NET that ML.NET does not publish: exactly the allow-list, and all of it still there.</summary>
public class InternalReferencesTests
{
    private static readonly string[] s_products = ["MLNet.Pretrain.Networks", "MLNet.Pretrain.Transformers", "MLNet.Pretrain"];

    [Fact]
    public void Every_reference_to_ML_NET_resolves_and_the_non_public_ones_are_the_allow_list()
    {
        var used = new SortedSet<string>(StringComparer.Ordinal);
        var missing = new List<string>();
        foreach (string product in s_products)
        {
            using ModuleDefinition module = Read(product);
            foreach (TypeReference type in module.GetTypeReferences().Where(IsMlNet))
            {
                TypeDefinition? definition = type.Resolve();
                if (definition is null) missing.Add(type.FullName);
                else if (!IsPublic(definition)) used.Add($"{definition.Module.Assembly.Name.Name}!{definition.FullName}");
            }
            foreach (MemberReference member in module.GetMemberReferences().Where(m => m.DeclaringType is { } t && IsMlNet(t.GetElementType())))
            {
                switch (member.Resolve())
                {
                    case null: missing.Add(member.FullName); break;
                    case MethodDefinition { IsPublic: false, IsFamily: false, IsFamilyOrAssembly: false } method: used.Add(Entry(method.DeclaringType, Property(method.Name))); break;
                    case FieldDefinition { IsPublic: false, IsFamily: false, IsFamilyOrAssembly: false } field: used.Add(Entry(field.DeclaringType, field.Name)); break;
                }
            }
        }
        missing.Should().BeEmpty();

        string[] allowed = [.. File.ReadLines(AllowList()).Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#')];
        used.Where(u => !allowed.Any(a => u == a || u.StartsWith(a + "::", StringComparison.Ordinal))).Should().BeEmpty("what is not on the allow-list is not ours to touch");
        allowed.Where(a => !used.Any(u => u == a || u.StartsWith(a + "::", StringComparison.Ordinal))).Should().BeEmpty("an entry that nothing uses is to be taken off the allow-list");
    }

    [Fact]
    public void References_point_down_only()
    {
        References("MLNet.Pretrain.Networks").Should().NotContain(name => name.StartsWith("Microsoft.ML", StringComparison.Ordinal) || name.StartsWith("MLNet.", StringComparison.Ordinal));
        References("MLNet.Pretrain.Transformers").Should().NotContain("MLNet.Pretrain").And.Contain("MLNet.Pretrain.Networks");
        References("MLNet.Pretrain").Should().Contain("MLNet.Pretrain.Transformers");
    }

    [Fact]
    public void Only_persistence_and_catalogs_touch_what_the_allow_list_opens()
    {
        // The attributes that ML.NET scans for and the channel every estimator opens are the two exceptions, by their nature.
        string[] allowedPlaces = ["MLNet.Pretrain.Persistence.", "Microsoft.ML."];
        foreach (string product in s_products)
        {
            using ModuleDefinition module = Read(product);
            foreach (TypeDefinition type in module.GetTypes().Where(t => !allowedPlaces.Any(p => t.FullName.StartsWith(p, StringComparison.Ordinal))))
                foreach (MethodDefinition method in type.Methods.Where(m => m.HasBody))
                    foreach (MemberReference member in method.Body.Instructions.Select(i => i.Operand).OfType<MemberReference>().Where(m => m.DeclaringType is { } t && IsMlNet(t.GetElementType())))
                        if (member.Resolve() is MethodDefinition { IsPublic: false, IsFamily: false, IsFamilyOrAssembly: false } or FieldDefinition { IsPublic: false, IsFamily: false, IsFamilyOrAssembly: false })
                            throw new Xunit.Sdk.XunitException($"{method.FullName} uses {member.FullName}; expected that in Persistence or a catalog.");
        }
    }

    private static IEnumerable<string> References(string product)
    {
        using ModuleDefinition module = Read(product);
        return [.. module.AssemblyReferences.Select(r => r.Name)];
    }

    private static ModuleDefinition Read(string product)
    {
        var resolver = new DefaultAssemblyResolver();
        resolver.AddSearchDirectory(AppContext.BaseDirectory);
        resolver.AddSearchDirectory(Path.GetDirectoryName(typeof(object).Assembly.Location)!);
        return ModuleDefinition.ReadModule(Path.Combine(AppContext.BaseDirectory, product + ".dll"), new ReaderParameters { AssemblyResolver = resolver });
    }

    private static bool IsMlNet(TypeReference type) => type.Scope?.Name is { } scope && scope.StartsWith("Microsoft.ML", StringComparison.Ordinal) || type.DeclaringType is { } outer && IsMlNet(outer);

    private static bool IsPublic(TypeDefinition type) => type.IsPublic || (type.IsNestedPublic && IsPublic(type.DeclaringType));

    private static string Entry(TypeDefinition type, string member) => $"{type.Module.Assembly.Name.Name}!{type.FullName}::{member}";

    // Accessors stand on the list under their property's name.
    private static string Property(string name) => name.StartsWith("get_", StringComparison.Ordinal) || name.StartsWith("set_", StringComparison.Ordinal) ? name[4..] : name;

    private static string AllowList() => typeof(InternalReferencesTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "AllowedInternals").Value!;
}
