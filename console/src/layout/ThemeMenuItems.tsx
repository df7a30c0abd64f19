import { MenuRadioItem, MenuRadioGroup, MenuGroup } from "../components/Menu";
import { messages } from "../messages";
import { setTheme, type Theme, useTheme } from "../theme";

export function ThemeMenuItems() {
  const theme = useTheme();
  return (
    <MenuGroup label={messages.userMenu.theme}>
      <MenuRadioGroup<Theme> value={theme} onChange={setTheme}>
        {(["system", "light", "dark"] as const).map((choice) => (
          <MenuRadioItem key={choice} value={choice}>
            {messages.userMenu.themes[choice]}
          </MenuRadioItem>
        ))}
      </MenuRadioGroup>
    </MenuGroup>
  );
}
