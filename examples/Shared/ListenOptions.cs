using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text;

namespace FlexSc.Examples.Shared;

/// <summary>The options that say where a server listens beside <c>--host</c> and <c>--port</c>.</summary>
/// <param name="hasUnixSocket">Whether the server can listen on a Unix socket.</param>
internal sealed class ListenOptions(bool hasUnixSocket)
{
    private const int MostAddresses = 64;
    private const string DefaultMode = "0700";
    private const int OctalDigit = 8;
    private const int MostPermissions = 0x1FF; // 0777

    // What sockaddr_un has room for, without the NUL behind it; unix(7).
    private const int MaxPathBytes = 107;

    private readonly Option<ListenAddress[]> _listen = new("--listen")
    {
        Description = "HOST:PORT to listen on instead of --host and --port, an IPv6 address in brackets; may be repeated, up to 64 times.",
        DefaultValueFactory = static _ => [],
        Arity = new ArgumentArity(1, MostAddresses),
        CustomParser = ParseAddresses,
    };

    private readonly Option<string?> _unixSocket = new("--unix-socket")
    {
        Description = "Path of a Unix socket to listen on, alone unless --listen is given, too; TLS is not spoken there.",
        Validators = { RefuseLongPath },
    };

    private readonly Option<string> _unixSocketMode = new("--unix-socket-mode")
    {
        Description = "Permissions of its path, octal: who may write may connect.",
        DefaultValueFactory = static _ => DefaultMode,
        Validators = { RefuseBadMode },
    };

    public IEnumerable<Option> All => hasUnixSocket ? [_listen, _unixSocket, _unixSocketMode] : [_listen];

    public IReadOnlyList<ListenAddress> AddressesOf(ParseResult result) => result.GetValue(_listen)!;

    public UnixSocketAddress? UnixSocketOf(ParseResult result) =>
        hasUnixSocket && result.GetValue(_unixSocket) is { } path && TryParseMode(result.GetValue(_unixSocketMode)!, out UnixFileMode mode)
            ? new UnixSocketAddress(path, mode)
            : null;

    public IEnumerable<string> ConflictsIn(ParseResult result, bool isStock, params Option[] single)
    {
        if (result.IsGiven(_listen) || (hasUnixSocket && result.IsGiven(_unixSocket)))
        {
            string several = result.IsGiven(_listen) ? _listen.Name : _unixSocket.Name;
            foreach (Option option in single.Where(result.IsGiven))
            {
                yield return $"{option.Name} has no meaning with {several}: name every address by --listen.";
            }
        }

        if (!hasUnixSocket)
        {
            yield break;
        }

        if (isStock && result.IsGiven(_unixSocket))
        {
            yield return $"{_unixSocket.Name} has no meaning with --io akka-io, which has no Unix sockets: leave one of them out.";
        }

        if (result.IsGiven(_unixSocketMode) && !result.IsGiven(_unixSocket))
        {
            yield return $"{_unixSocketMode.Name} has no meaning without {_unixSocket.Name}: leave it out.";
        }
    }

    private static void RefuseLongPath(OptionResult result)
    {
        if (result.Tokens is [var path] && (path.Value.Length == 0 || Encoding.UTF8.GetByteCount(path.Value) > MaxPathBytes))
        {
            result.AddError($"--unix-socket takes a path of 1 to {MaxPathBytes} bytes, not '{path.Value}'.");
        }
    }

    private static void RefuseBadMode(OptionResult result)
    {
        if (result.Tokens is [var mode] && !TryParseMode(mode.Value, out _))
        {
            result.AddError($"--unix-socket-mode takes octal permissions from 0 to 0777, not '{mode.Value}'.");
        }
    }

    private static ListenAddress[]? ParseAddresses(ArgumentResult result)
    {
        List<ListenAddress> addresses = [];
        foreach (Token token in result.Tokens)
        {
            if (!ListenAddress.TryParse(token.Value, out ListenAddress? address))
            {
                return OptionKinds.Fail<ListenAddress[]>(result, $"--listen takes HOST:PORT, an IPv6 address in brackets, not '{token.Value}'.");
            }

            addresses.Add(address);
        }

        return [.. addresses];
    }

    private static bool TryParseMode(string text, out UnixFileMode mode)
    {
        int value = 0;
        bool isOctal = text.Length is > 0 and <= 4;
        foreach (char digit in text)
        {
            isOctal &= digit is >= '0' and < (char)('0' + OctalDigit);
            value = (value * OctalDigit) + (digit - '0');
        }

        mode = isOctal && value <= MostPermissions ? (UnixFileMode)value : UnixFileMode.None;
        return isOctal && value <= MostPermissions;
    }
}
