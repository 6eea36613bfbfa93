using Mono.Cecil;
using Mono.Cecil.Cil;

namespace FlexSc.Architecture.Tests;

/// <summary>One namespace uses another.</summary>
/// <param name="From">The one that uses.</param>
/// <param name="To">The one that is used.</param>
public readonly record struct Arrow(string From, string To);

/// <summary>What the namespaces of a compiled assembly use of each other: by signatures, attributes, bodies and inheritance.</summary>
public static class NamespaceArrows
{
    /// <summary>The arrows between namespaces that begin with a prefix, each with the members that draw it.</summary>
    /// <param name="assemblyFile">The assembly.</param>
    /// <param name="prefix">Namespaces of interest.</param>
    public static IReadOnlyDictionary<Arrow, IReadOnlySet<string>> Of(string assemblyFile, string prefix)
    {
        using AssemblyDefinition assembly = AssemblyDefinition.ReadAssembly(assemblyFile);
        Dictionary<Arrow, IReadOnlySet<string>> arrows = [];
        foreach (TypeDefinition type in assembly.MainModule.GetTypes())
        {
            string from = NamespaceOf(type);
            foreach ((TypeReference used, string member) in UsedBy(type))
            {
                foreach (TypeReference part in PartsOf(used))
                {
                    string to = NamespaceOf(part);
                    if (from != to && from.StartsWith(prefix, StringComparison.Ordinal) && to.StartsWith(prefix, StringComparison.Ordinal))
                    {
                        Arrow arrow = new(from, to);
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

    private static string NamespaceOf(TypeReference type)
    {
        while (type.DeclaringType is not null)
        {
            type = type.DeclaringType;
        }

        return type.Namespace;
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
