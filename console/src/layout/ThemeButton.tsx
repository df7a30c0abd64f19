// A button that cycles through the themes, for pages without a menu.
import { IconButton } from "../components/Button";
import { messages } from "../messages";
import { setTheme, useTheme } from "../theme";

const icons = { system: "screen", light: "sun", dark: "moon" } as const;
const after = { system: "light", light: "dark", dark: "system" } as const;

export function ThemeButton() {
  const theme = useTheme();
  const label = `${messages.userMenu.theme}: ${messages.userMenu.themes[theme]}`;
  return <IconButton icon={icons[theme]} label={label} title={label} onClick={() => setTheme(after[theme])} />;
}
