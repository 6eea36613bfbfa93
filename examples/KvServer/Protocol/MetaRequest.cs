using System.Buffers;
using System.Buffers.Text;
using FlexSc.Examples.KvServer.Store;

namespace FlexSc.Examples.KvServer.Protocol;

/// <summary>
/// A meta command's key and flags. A flag is a letter with its token behind it, and every command takes every flag: those that mean
/// nothing to it are read and left alone.
/// </summary>
internal ref struct MetaRequest
{
    /// <summary>Most words of a meta command's line, its name among them, as with memcached.</summary>
    public const int MaxWords = 19;

    /// <summary>Longest flag O, its letter included, as with memcached.</summary>
    public const int MaxOpaqueBytes = 32;

    private const int ModeBytes = 2;
    private const byte FirstLetter = (byte)'A';

    private static readonly SearchValues<byte> Base64Characters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="u8);

    // Letters that the commands know. "S" was one until memcached 1.6.
    private static readonly ulong KnownLetters = SetOf("bcfhklqstuvxCDEFIJLMNOPRT"u8);

    // Where a key is decoded, until the next one is: a request is answered before its thread reads another.
    [ThreadStatic]
    private static byte[]? t_decodedKey;

    private readonly KvClock _clock;
    private readonly uint _now;
    private ulong _letters;
    private ReadOnlySpan<byte> _mistake;

    /// <param name="line">The whole line.</param>
    /// <param name="flagsAt">Where its flags begin.</param>
    /// <param name="key">The key as it stands there.</param>
    /// <param name="clock">What expiry times are taken by.</param>
    /// <param name="now">The second on it.</param>
    public MetaRequest(ReadOnlySpan<byte> line, int flagsAt, ReadOnlySpan<byte> key, KvClock clock, uint now)
    {
        Flags = line[flagsAt..];
        Key = key;
        Delta = 1;
        _clock = clock;
        _now = now;
    }

    /// <summary>The words behind the key, and behind the length of one that has it.</summary>
    public ReadOnlySpan<byte> Flags { get; }

    /// <summary>The key of the item.</summary>
    public ReadOnlySpan<byte> Key { get; private set; }

    /// <summary>T: the new expiry time, as a second of the clock.</summary>
    public uint ExpiresAt { get; private set; }

    /// <summary>N: the expiry time of an item that is made on a miss.</summary>
    public uint CreatedExpiresAt { get; private set; }

    /// <summary>R: an item that expires before is to be stored anew.</summary>
    public uint RecacheBefore { get; private set; }

    /// <summary>F: the client's flags.</summary>
    public uint ClientFlags { get; private set; }

    /// <summary>C: the unique the item must have.</summary>
    public ulong Cas { get; private set; }

    /// <summary>E: the unique that it gets; 0 for the next of the store's own.</summary>
    public ulong NewCas { get; private set; }

    /// <summary>M: a letter that chooses among what the command can do; 0 for none.</summary>
    public byte Mode { get; private set; }

    /// <summary>J: the number of an item that is made on a miss.</summary>
    public ulong Initial { get; private set; }

    /// <summary>D: by how much.</summary>
    public ulong Delta { get; private set; }

    public readonly bool Has(char letter) => (_letters & (1UL << (letter - FirstLetter))) != 0;

    /// <summary>What the key has to do with a store.</summary>
    public readonly StoreOptions KeyOptions => Has('b') ? StoreOptions.KeyIsBinary : StoreOptions.None;

    /// <summary>Reads the flags. The last mistake is told, one that makes the rest meaningless at once.</summary>
    public bool TryParse(out ReadOnlySpan<byte> mistake)
    {
        int position = 0;
        while (LineTokens.NextToken(Flags, ref position, out int start))
        {
            ReadOnlySpan<byte> word = Flags[start..position];
            if (!TryTakeLetter(word[0]))
            {
                break;
            }

            ParseToken(word);
        }

        mistake = _mistake;
        return _mistake.IsEmpty;
    }

    private static ulong SetOf(ReadOnlySpan<byte> letters)
    {
        ulong set = 0;
        foreach (byte letter in letters)
        {
            set |= 1UL << (letter - FirstLetter);
        }

        return set;
    }

    private bool TryTakeLetter(byte letter)
    {
        ulong bit = letter is >= FirstLetter and < FirstLetter + 64 ? 1UL << (letter - FirstLetter) : 0;
        if ((bit & KnownLetters) == 0 || (bit & _letters) != 0)
        {
            _mistake = (bit & _letters) != 0 ? Replies.DuplicateFlag : Replies.InvalidFlag;
            return false;
        }

        _letters |= bit;
        return true;
    }

    private void ParseToken(ReadOnlySpan<byte> word)
    {
        ReadOnlySpan<byte> token = word[1..];
        switch (word[0])
        {
            case (byte)'T':
                ExpiresAt = Expiry(token);
                break;
            case (byte)'N':
                CreatedExpiresAt = Expiry(token);
                break;
            case (byte)'R':
                RecacheBefore = Expiry(token);
                break;
            case (byte)'F':
                // The one mistake that does not take the place of another, as with memcached.
                bool isValid = StoredNumber.TryParse(token, out ulong flags) && flags <= uint.MaxValue;
                Require(isValid, _mistake.IsEmpty ? Replies.BadLine : _mistake);
                ClientFlags = (uint)flags;
                break;
            case (byte)'C':
                Cas = Number(token, Replies.BadToken);
                break;
            case (byte)'E':
                NewCas = Number(token, Replies.BadToken);
                break;
            case (byte)'J':
                Initial = Number(token, Replies.BadInitial);
                break;
            case (byte)'D':
                Delta = Number(token, Replies.BadMetaDelta);
                break;
            case (byte)'M':
                Require(word.Length == ModeBytes, Replies.BadMode);
                Mode = word[^1];
                break;
            case (byte)'O':
                Require(word.Length <= MaxOpaqueBytes, Replies.OpaqueTooLong);
                break;
            case (byte)'b':
                DecodeKey();
                break;
        }
    }

    private void Require(bool holds, ReadOnlySpan<byte> mistake)
    {
        if (!holds)
        {
            _mistake = mistake;
        }
    }

    private ulong Number(ReadOnlySpan<byte> token, ReadOnlySpan<byte> mistake)
    {
        Require(StoredNumber.TryParse(token, out ulong number), mistake);
        return number;
    }

    private uint Expiry(ReadOnlySpan<byte> token)
    {
        bool parsed = StoredNumber.TryParseSigned(token, out long seconds);
        Require(parsed, Replies.BadToken);
        return parsed ? _clock.ExpiryOf(seconds, _now) : 0;
    }

    private void DecodeKey()
    {
        Span<byte> room = t_decodedKey ??= new byte[KeyRules.MaxKeyBytes];
        int bytes = 0;

        // The decoder itself would pass over blanks.
        bool isDecoded = !Key.ContainsAnyExcept(Base64Characters)
            && Base64.DecodeFromUtf8(Key, room, out _, out bytes) == OperationStatus.Done;
        Require(isDecoded && bytes > 0, Replies.BadBase64Key);
        Key = room[..bytes];
    }
}
