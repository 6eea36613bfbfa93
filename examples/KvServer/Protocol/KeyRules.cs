using System.Buffers;

namespace FlexSc.Examples.KvServer.Protocol;

internal static class KeyRules
{
    /// <summary>The protocol's limit.</summary>
    public const int MaxKeyBytes = 250;

    private const byte LastControlBeforeSpace = 0x1F;
    private const byte Delete = 0x7F;

    private static readonly SearchValues<byte> ControlCharacters = SearchValues.Create(MakeControlCharacters());

    public static bool IsValid(ReadOnlySpan<byte> key) => key.Length <= MaxKeyBytes && !key.ContainsAny(ControlCharacters);

    private static byte[] MakeControlCharacters()
    {
        byte[] characters = new byte[LastControlBeforeSpace + 2];
        for (int code = 0; code <= LastControlBeforeSpace; code++)
        {
            characters[code] = (byte)code;
        }

        characters[^1] = Delete;
        return characters;
    }
}
