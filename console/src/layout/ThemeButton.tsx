// Switches between the system's choice, light and dark, one after the other: a button alone, for pages without menus.
import { IconButton } from "../parts/Button";
import { text } from "../text";
import { chooseTheme, useTheme } from "../theme";

const icons = { system: "screen", light: "sun", dark: "moon" } as const;
const after = { system: "light", light: "dark", dark: "system" } as const;

export function ThemeButton() {
  const theme = useTheme();
  const label = `${text.person.theme}: ${text.person.themes[theme]}`;
  return <IconButton icon={icons[theme]} label={label} title={label} onClick={() => chooseTheme(after[theme])} />;
}
