using System.CodeDom.Compiler;
using System.Runtime.CompilerServices;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace FlexSc.Architecture.Tests;

/// <summary>
/// How many fields of an object may change after it was made: what a reader has to keep in mind at once. Whatever file they are in, and
/// whether they are written as fields or as properties.
/// </summary>
public static class MutableFields
{
    /// <summary>Most that a type may have.</summary>
    public const int Limit = 15;

    /// <summary>The types of an assembly that have more, each with its fields.</summary>
    /// <param name="assemblyFile">The assembly.</param>
    public static IReadOnlyList<string> Faults(string assemblyFile)
    {
        using AssemblyDefinition assembly = AssemblyDefinition.ReadAssembly(assemblyFile);
        return
        [
            .. from type in assembly.MainModule.GetTypes()
               where IsOfInterest(type)
               let names = type.Fields.Where(IsMutable).Select(NameOf).Order(StringComparer.Ordinal).ToArray()
               where names.Length > Limit
               orderby type.FullName
               select $"{type.FullName} has {names.Length}: {string.Join(", ", names)}",
        ];
    }

    /// <summary>
    /// Classes, and structs that hold references. A struct without any is a layout that somebody else prescribes, or a copy of one; and
    /// what the compiler makes of iterators and lambdas holds a method's variables, and what a generator makes is nobody's to read.
    /// </summary>
    private static bool IsOfInterest(TypeDefinition type) =>
        !type.IsInterface && !type.IsEnum && !IsGenerated(type) && !(type.IsValueType && type.Fields.All(static field => field.IsStatic || IsUnmanaged(field.FieldType)));

    private static bool IsGenerated(TypeDefinition type) =>
        type.CustomAttributes.Any(static attribute => attribute.AttributeType.Name is nameof(CompilerGeneratedAttribute) or nameof(GeneratedCodeAttribute))
            || (type.DeclaringType is { } outer && IsGenerated(outer));

    private static bool IsUnmanaged(TypeReference type) => type.IsPrimitive || type.IsPointer || type.IsFunctionPointer
        || (type is not TypeSpecification && type.IsValueType && type.Resolve() is { } definition
            && definition.Fields.All(field => field.IsStatic || IsUnmanaged(field.FieldType)));

    private static bool IsMutable(FieldDefinition field) =>
        !field.IsStatic && !field.IsInitOnly && (!IsCapturedParameter(field) || field.DeclaringType.Methods.Any(method => MayWrite(method, field)));

    /// <summary>A parameter of a primary constructor, which the language has no way to say of that it stays as it is.</summary>
    private static bool IsCapturedParameter(FieldDefinition field) => field.Name.StartsWith('<') && field.Name.EndsWith(">P", StringComparison.Ordinal);

    private static bool MayWrite(MethodDefinition method, FieldDefinition field) => !method.IsConstructor && method.HasBody
        && method.Body.Instructions.Any(instruction => (instruction.OpCode == OpCodes.Stfld || instruction.OpCode == OpCodes.Ldflda)
            && instruction.Operand is FieldReference written && written.Resolve() == field);

    /// <summary>The field's name, or that of the property or the parameter that it keeps.</summary>
    private static string NameOf(FieldDefinition field) => field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>', StringComparison.Ordinal)] : field.Name;
}
