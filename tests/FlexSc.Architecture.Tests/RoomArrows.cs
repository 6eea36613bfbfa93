using Mono.Cecil;
using Mono.Cecil.Cil;

namespace FlexSc.Architecture.Tests;

/// <summary>One room uses another.</summary>
/// <param name="From">The one that uses.</param>
/// <param name="To">The one that is used.</param>
public readonly record struct Arrow(string From, string To);

/// <summary>What the rooms of a compiled assembly use of each other: by signatures, attributes, bodies and inheritance.</summary>
public static class RoomArrows
{
    /// <summary>The arrows between namespaces that begin with a prefix, each with the members that draw it.</summary>
    /// <param name="assemblyFile">The assembly.</param>
    /// <param name="prefix">Namespaces of interest.</param>
    public static IReadOnlyDictionary<Arrow, IReadOnlySet<string>> OfNamespaces(string assemblyFile, string prefix) =>
        Of(assemblyFile, type => type.Namespace.StartsWith(prefix, StringComparison.Ordinal) ? type.Namespace : null);

    /// <summary>The arrows between the folders of an assembly's sources, as the name of the assembly and the folder's.</summary>
    /// <param name="assemblyFile">The assembly, with its symbols beside it.</param>
    public static IReadOnlyDictionary<Arrow, IReadOnlySet<string>> OfFolders(string assemblyFile)
    {
        SourceFolders folders = SourceFolders.Of(assemblyFile);
        return Of(assemblyFile, type => folders.RoomOf(type.FullName));
    }

    /// <summary>The arrows between assemblies, as far as they are given.</summary>
    public static IReadOnlyDictionary<Arrow, IReadOnlySet<string>> OfAssemblies(params IReadOnlyList<string> assemblyFiles)
    {
        Dictionary<Arrow, IReadOnlySet<string>> arrows = [];
        string[] names = [.. assemblyFiles.Select(Path.GetFileNameWithoutExtension)!];
        foreach (string file in assemblyFiles)
        {
            using AssemblyDefinition assembly = AssemblyDefinition.ReadAssembly(file);
            foreach (AssemblyNameReference used in assembly.MainModule.AssemblyReferences.Where(used => names.Contains(used.Name)))
            {
                arrows[new Arrow(assembly.Name.Name, used.Name)] = new HashSet<string> { "a reference" };
            }
        }

        return arrows;
    }

    private static Dictionary<Arrow, IReadOnlySet<string>> Of(string assemblyFile, Func<TypeReference, string?> roomOf)
    {
        using AssemblyDefinition assembly = AssemblyDefinition.ReadAssembly(assemblyFile);
        Dictionary<Arrow, IReadOnlySet<string>> arrows = [];
        foreach (TypeDefinition type in assembly.MainModule.GetTypes())
        {
            string? from = roomOf(OutermostOf(type));
            foreach ((TypeReference used, string member) in from is null ? [] : UsedBy(type))
            {
                foreach (TypeReference part in PartsOf(used))
                {
                    if (roomOf(OutermostOf(part)) is { } to && from != to)
                    {
                        Arrow arrow = new(from!, to);
                        if (!arrows.TryGetValue(arrow, out IReadOnlySet<string>? drawnBy))
                        {
                            arrows[arrow] = drawnBy = new HashSet<string>();
                        }

                        ((HashSet<string>)drawnBy).Add($"{member} uses {part.Name}");
                    }
                }
            }
        }

        return arrows;
    }

    private static TypeReference OutermostOf(TypeReference type)
    {
        while (type.DeclaringType is not null)
        {
            type = type.DeclaringType;
        }

        return type;
    }

    /// <summary>Name of the type that a reader sees: lambdas and state machines are in types of their own.</summary>
    private static string NameOf(TypeDefinition type) => type.DeclaringType is { } outer ? NameOf(outer) : type.Name;

    private static IEnumerable<(TypeReference Used, string Member)> UsedBy(TypeDefinition type)
    {
        string name = NameOf(type);
        IEnumerable<TypeReference> own =
        [
            .. type.BaseType is null ? [] : new[] { type.BaseType },
            .. type.Interfaces.Select(static implemented => implemented.InterfaceType),
            .. type.GenericParameters.SelectMany(static parameter => parameter.Constraints).Select(static constraint => constraint.ConstraintType),
            .. type.CustomAttributes.Select(static attribute => attribute.AttributeType),
        ];
        return own.Select(used => (used, name))
            .Concat(type.Fields.Select(field => (field.FieldType, $"{name}.{field.Name}")))
            .Concat(type.Methods.SelectMany(method => UsedBy(method).Select(used => (used, $"{name}.{method.Name}"))));
    }

    private static IEnumerable<TypeReference> UsedBy(MethodDefinition method)
    {
        IEnumerable<TypeReference> signature =
        [
            method.ReturnType,
            .. method.Parameters.Select(static parameter => parameter.ParameterType),
            .. method.GenericParameters.SelectMany(static parameter => parameter.Constraints).Select(static constraint => constraint.ConstraintType),
            .. method.CustomAttributes.Select(static attribute => attribute.AttributeType),
        ];
        return method.HasBody
            ? signature
                .Concat(method.Body.Variables.Select(static variable => variable.VariableType))
                .Concat(method.Body.ExceptionHandlers.Where(static handler => handler.CatchType is not null).Select(static handler => handler.CatchType))
                .Concat(method.Body.Instructions.SelectMany(UsedBy))
            : signature;
    }

    private static IEnumerable<TypeReference> UsedBy(Instruction instruction) => instruction.Operand switch
    {
        TypeReference type => [type],
        FieldReference field => [field.DeclaringType, field.FieldType],
        GenericInstanceMethod method => [method.DeclaringType, method.ReturnType, .. method.GenericArguments, .. method.Parameters.Select(static parameter => parameter.ParameterType)],
        MethodReference method => [method.DeclaringType, method.ReturnType, .. method.Parameters.Select(static parameter => parameter.ParameterType)],
        _ => [],
    };

    /// <summary>The named types that a type is made of: element, arguments of a generic one, signature of a function pointer.</summary>
    private static IEnumerable<TypeReference> PartsOf(TypeReference type) => type switch
    {
        GenericInstanceType generic => generic.GenericArguments.SelectMany(PartsOf).Append(generic.ElementType),
        FunctionPointerType function => function.Parameters.Select(static parameter => parameter.ParameterType).Append(function.ReturnType).SelectMany(PartsOf),
        RequiredModifierType required => PartsOf(required.ElementType).Append(required.ModifierType),
        TypeSpecification specified => PartsOf(specified.ElementType),
        GenericParameter => [],
        _ => [type],
    };
}
