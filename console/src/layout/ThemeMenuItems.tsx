import { MenuRadioItem, MenuRadioGroup, MenuGroup } from "../components/Menu";
import { text } from "../text";
import { setTheme, type Theme, useTheme } from "../theme";

export function ThemeMenuItems() {
  const theme = useTheme();
  return (
    <MenuGroup label={text.person.theme}>
      <MenuRadioGroup<Theme> value={theme} onChange={setTheme}>
        {(["system", "light", "dark"] as const).map((choice) => (
          <MenuRadioItem key={choice} value={choice}>
            {text.person.themes[choice]}
          </MenuRadioItem>
        ))}
      </MenuRadioGroup>
    </MenuGroup>
  );
}
