// Java's own HttpClient, and the older HttpURLConnection for the click.
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

public class WithHttpClient {
    static final String API = "https://api.branch.io";
    static final HttpClient CLIENT = HttpClient.newHttpClient();

    static HttpRequest.Builder to(String url) {
        return HttpRequest.newBuilder(URI.create(url));
    }

    static String post(String path, String body) throws Exception {
        HttpRequest request = to(API + path).POST(HttpRequest.BodyPublishers.ofString(body)).build();
        return CLIENT.send(request, BodyHandlers.ofString()).body();
    }

    static String field(String json, String name) {
        Matcher found = Pattern.compile("\"" + name + "\":\\[?\"([^\"]*)\"").matcher(json);
        if (!found.find()) throw new IllegalStateException(name + " is not in " + json);
        return found.group(1);
    }

    public static void main(String[] arguments) throws Exception {
        String key = System.getenv("BRANCH_KEY");
        String app = "{\"branch_key\": \"" + key + "\", ";
        String data = "\"data\": {\"$desktop_url\": \"https://example.com/\"}}";
        String made = field(post("/v1/url", app + "\"channel\": \"email\", " + data), "url");
        String escaped = URLEncoder.encode(made, StandardCharsets.UTF_8);
        String query = "?url=" + escaped + "&branch_key=" + key;
        HttpRequest read = to(API + "/v1/url" + query).build();
        String channel = field(CLIENT.send(read, BodyHandlers.ofString()).body(), "channel");
        HttpURLConnection click = (HttpURLConnection) URI.create(made).toURL().openConnection();
        click.setInstanceFollowRedirects(false);
        String location = click.getHeaderField("Location");
        String secret = "\"branch_secret\": \"" + System.getenv("BRANCH_SECRET") + "\", ";
        String day = "\"export_date\": \"" + System.getenv("EXPORT_DATE") + "\"}";
        String file = field(post("/v2/export", app + secret + day), "links_export_url");
        byte[] bytes = CLIENT.send(to(file).build(), BodyHandlers.ofByteArray()).body();
        GZIPInputStream unpacked = new GZIPInputStream(new ByteArrayInputStream(bytes));
        String columns = new BufferedReader(new InputStreamReader(unpacked)).readLine();
        String[] pairs = {"made", made, "channel", channel, "location", location, "file", file};
        StringBuilder told = new StringBuilder("{");
        for (int at = 0; at < pairs.length; at += 2) {
            told.append("\"" + pairs[at] + "\": \"" + pairs[at + 1] + "\", ");
        }
        System.out.println(told + "\"columns\": \"" + columns + "\"}");
    }
}
