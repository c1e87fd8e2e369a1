using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using Mono.Cecil;

/// <summary>Writes copies of assemblies in which listed internal types and members are public.</summary>
public class OpenInternals : Task
{
    [Required]
    public ITaskItem[] Assemblies { get; set; }

    /// <summary>Everything the project references: where constants of foreign enum types are looked up.</summary>
    [Required]
    public ITaskItem[] References { get; set; }

    [Required]
    public string AllowList { get; set; }

    [Required]
    public string OutputDirectory { get; set; }

    /// <summary>Path of Mono.Cecil.dll.</summary>
    [Required]
    public string Cecil { get; set; }

    [Output]
    public ITaskItem[] Opened { get; set; }

    public override bool Execute()
    {
        // An inline task that another project's build compiled is reused without its references, so it finds Cecil itself.
        ResolveEventHandler resolve = (sender, request) => new AssemblyName(request.Name).Name == "Mono.Cecil" ? Assembly.LoadFrom(Cecil) : null;
        AppDomain.CurrentDomain.AssemblyResolve += resolve;
        try
        {
            return OpenAll();
        }
        finally
        {
            AppDomain.CurrentDomain.AssemblyResolve -= resolve;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool OpenAll()
    {
        List<string> rules = File.ReadAllLines(AllowList).Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#').ToList();
        Directory.CreateDirectory(OutputDirectory);
        var opened = new List<ITaskItem>();
        foreach (ITaskItem item in Assemblies)
        {
            string source = item.ItemSpec;
            string name = Path.GetFileNameWithoutExtension(source);
            string target = Path.Combine(OutputDirectory, Path.GetFileName(source));
            string[] own = rules.Where(rule => rule.StartsWith(name + "!", StringComparison.Ordinal)).ToArray();
            if (!UpToDate(source, target)) Rewrite(source, target, own);
            var copy = new TaskItem(target);
            item.CopyMetadataTo(copy);
            opened.Add(copy);
        }
        foreach (string rule in rules.Where(rule => !Assemblies.Any(a => rule.StartsWith(Path.GetFileNameWithoutExtension(a.ItemSpec) + "!", StringComparison.Ordinal))))
            Fail(rule, "no such assembly is referenced");
        Opened = opened.ToArray();
        return !Log.HasLoggedErrors;
    }

    private bool UpToDate(string source, string target) => File.Exists(target)
        && File.GetLastWriteTimeUtc(target) > File.GetLastWriteTimeUtc(source)
        && File.GetLastWriteTimeUtc(target) > File.GetLastWriteTimeUtc(AllowList);

    private void Rewrite(string source, string target, string[] rules)
    {
        using (var resolver = new DefaultAssemblyResolver())
        using (AssemblyDefinition assembly = AssemblyDefinition.ReadAssembly(source, new ReaderParameters { InMemory = true, AssemblyResolver = resolver }))
        {
            foreach (string folder in References.Select(r => Path.GetDirectoryName(r.ItemSpec)).Distinct()) resolver.AddSearchDirectory(folder);
            foreach (string rule in rules) Open(assembly.MainModule, rule);
            if (Log.HasLoggedErrors) return;
            string temporary = target + "." + Guid.NewGuid().ToString("N");   // parallel builds may write the same copy
            assembly.Write(temporary);
            File.Delete(target);
            File.Move(temporary, target);
        }
    }

    private void Open(ModuleDefinition module, string rule)
    {
        string path = rule.Substring(rule.IndexOf('!') + 1);
        int split = path.IndexOf("::", StringComparison.Ordinal);
        TypeDefinition type = module.GetType(split < 0 ? path : path.Substring(0, split));
        if (type == null)
        {
            Fail(rule, "there is no such type");
            return;
        }
        for (TypeDefinition outer = type; outer != null; outer = outer.DeclaringType) MakeVisible(outer);
        string member = split < 0 ? null : path.Substring(split + 2);
        int changed = 0;
        foreach (MethodDefinition method in type.Methods)
            if (member == null || method.Name == member || method.Name == "get_" + member) changed += Open(method);
        foreach (FieldDefinition field in type.Fields)
            if (member == null || field.Name == member) changed += Open(field);
        if (member != null && changed == 0) Fail(rule, "there is no such internal member");
    }

    private static void MakeVisible(TypeDefinition type)
    {
        if (type.IsNotPublic) type.IsPublic = true;
        else if (type.IsNestedAssembly || type.IsNestedFamilyAndAssembly) type.IsNestedPublic = true;
    }

    // Virtual members keep their access: an override elsewhere would otherwise no longer match it. Private ones stay private.
    private static int Open(MethodDefinition method)
    {
        if (method.IsVirtual) return 0;
        if (method.IsAssembly) method.IsPublic = true;
        else if (method.IsFamilyAndAssembly) method.IsFamily = true;
        else return 0;
        return 1;
    }

    private static int Open(FieldDefinition field)
    {
        if (field.IsAssembly) field.IsPublic = true;
        else if (field.IsFamilyAndAssembly) field.IsFamily = true;
        else return 0;
        return 1;
    }

    private void Fail(string rule, string why) => Log.LogError(null, "MLNP0002", null, AllowList, 0, 0, 0, 0,
        "Allowed internal '{0}' was not found: {1}. This ML.NET version differs from the one the list was written for; correct the entry or the version.", rule, why);
}
