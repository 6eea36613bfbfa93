using System.Text;
using FlexSc.Examples.HttpServer.Protocol;
using Xunit;

namespace FlexSc.Examples.Tests.Http;

public sealed class RequestTargetTests
{
    [Theory]
    [InlineData("/a/b?c=/d", "/a/b", "?c=/d")]
    [InlineData("/a?", "/a", "?")]
    [InlineData("/", "/", "")]
    [InlineData("http://h/a?b", "/a", "?b")]
    [InlineData("HTTPS://h:1", "/", "")]
    [InlineData("http://h?x", "/", "")]
    [InlineData("*", null, "")]
    [InlineData("a/b", null, "")]
    [InlineData("ftp://h/a", null, "")]
    [InlineData("http:///a", null, "")]
    [InlineData("/a#b", null, "")]
    [InlineData("/a?b#c", null, "")]
    public void Path_and_query_are_found(string target, string? path, string expectedQuery)
    {
        bool found = RequestTarget.TrySplit(Encoding.ASCII.GetBytes(target), out ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> query);

        Assert.Equal(path, found ? Encoding.ASCII.GetString(bytes) : null);
        Assert.Equal(expectedQuery, Encoding.ASCII.GetString(query));
    }

    [Theory]
    [InlineData("/", 0, "")]
    [InlineData("/a/b%20c", 0, "a/b c")]
    [InlineData("/dir/", 0, "dir/")]
    [InlineData("/%E2%82%AC", 0, "€")]
    [InlineData("/...", 0, "...")]
    [InlineData("/..", 404, "")]
    [InlineData("/a/../b", 404, "")]
    [InlineData("/%2e%2E/b", 404, "")]
    [InlineData("/./a", 404, "")]
    [InlineData("//etc/passwd", 404, "")]
    [InlineData("/a//b", 404, "")]
    [InlineData("/a%2fb", 400, "")]
    [InlineData("/a%00", 400, "")]
    [InlineData("/a%", 400, "")]
    [InlineData("/a%4", 400, "")]
    [InlineData("/a%g0", 400, "")]
    [InlineData("/%ff", 400, "")]
    [InlineData("/%c0%ae%c0%ae/x", 400, "")]
    public void A_name_stays_below_the_root(string path, int status, string name)
    {
        Assert.Equal(status, RequestTarget.DecodeName(Encoding.ASCII.GetBytes(path), out string decoded));
        Assert.Equal(name, decoded);
    }
}
