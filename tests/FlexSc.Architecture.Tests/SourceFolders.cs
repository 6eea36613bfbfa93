using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace FlexSc.Architecture.Tests;

/// <summary>In which folder of its project each type of an assembly is written, as its symbols tell.</summary>
public sealed class SourceFolders
{
    /// <summary>Of types that have no code, TypeDefinitionDocuments of the portable PDB format.</summary>
    private static readonly Guid TypeDocuments = new("932E74BC-DBA9-4478-8D46-0F32A7BAB3D3");

    private readonly Dictionary<string, string> _rooms = [];

    private SourceFolders()
    {
    }

    /// <summary>Reads the symbols beside an assembly.</summary>
    /// <param name="assemblyFile">An assembly whose project is in a folder of the assembly's name.</param>
    /// <exception cref="InvalidOperationException">A type is written in several folders.</exception>
    public static SourceFolders Of(string assemblyFile)
    {
        string project = Path.GetFileNameWithoutExtension(assemblyFile);
        SourceFolders folders = new();
        using PEReader image = new(File.OpenRead(assemblyFile));
        using MetadataReaderProvider provider = MetadataReaderProvider.FromPortablePdbStream(File.OpenRead(Path.ChangeExtension(assemblyFile, ".pdb")));
        MetadataReader types = image.GetMetadataReader();
        MetadataReader symbols = provider.GetMetadataReader();
        foreach (MethodDebugInformationHandle handle in symbols.MethodDebugInformation)
        {
            MethodDebugInformation method = symbols.GetMethodDebugInformation(handle);
            TypeDefinitionHandle type = types.GetMethodDefinition(handle.ToDefinitionHandle()).GetDeclaringType();
            foreach (DocumentHandle document in method.GetSequencePoints().Where(static point => !point.IsHidden).Select(static point => point.Document).Distinct())
            {
                folders.Add(project, types, type, symbols, document);
            }
        }

        foreach (CustomDebugInformation information in symbols.CustomDebugInformation.Select(symbols.GetCustomDebugInformation))
        {
            if (symbols.GetGuid(information.Kind) == TypeDocuments)
            {
                for (BlobReader documents = symbols.GetBlobReader(information.Value); documents.RemainingBytes > 0;)
                {
                    folders.Add(project, types, (TypeDefinitionHandle)information.Parent, symbols, MetadataTokens.DocumentHandle(documents.ReadCompressedInteger()));
                }
            }
        }

        return folders;
    }

    /// <summary>The project's name and the folder's; null for a type of another assembly, and for what the compiler made.</summary>
    /// <param name="typeName">Name of a type that is in no other one, with its namespace.</param>
    public string? RoomOf(string typeName) => _rooms.GetValueOrDefault(typeName);

    private void Add(string project, MetadataReader types, TypeDefinitionHandle handle, MetadataReader symbols, DocumentHandle document)
    {
        // Sources lie below the folder of the project, wherever that was when they were compiled; what is generated lies in obj/.
        string path = symbols.GetString(symbols.GetDocument(document).Name);
        string[] parts = path[(path.LastIndexOf($"/{project}/", StringComparison.Ordinal) + project.Length + 2)..].Split('/');
        if (parts[0] == "obj")
        {
            return;
        }

        TypeDefinition type = types.GetTypeDefinition(handle);
        while (!type.GetDeclaringType().IsNil)
        {
            type = types.GetTypeDefinition(type.GetDeclaringType());
        }

        string name = $"{types.GetString(type.Namespace)}.{types.GetString(type.Name)}".TrimStart('.');
        string room = string.Join('.', [project, .. parts.Length > 1 ? parts[..^1] : [Path.GetFileNameWithoutExtension(parts[0])]]);
        if (!_rooms.TryAdd(name, room) && _rooms[name] != room)
        {
            throw new InvalidOperationException($"{name} is written in {_rooms[name]} and in {room}");
        }
    }
}
